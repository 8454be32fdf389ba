import { DEFAULT_BUCKETS } from '../../rec/rows/batches.ts';
import { ITEM_BUCKETS } from '../../rec/rows/item-buckets.ts';
import type { AnalysisPlan } from './analyses/analysis-list.ts';
import type { ExperimentDocument } from './common-sections.ts';
import { MODEL } from './experiment-defaults.ts';
import { repeats, type PathFault } from './path-fault.ts';

/*
 * Checks that paradigms share whose cells are language models, or start from one: they predict the
 * next item, and rank all of them.
 */

/** Sizes of a decoder that the kernels compute. */
export function modelFaults({ model = MODEL }: ExperimentDocument): PathFault[] {
  const faults: PathFault[] = [];
  if (model.heads % model.kvHeads !== 0) {
    const message = `${String(model.heads)} heads cannot share ${String(model.kvHeads)} key/value heads evenly.`;
    faults.push({ path: ['model', 'kvHeads'], message });
  }
  // What the kernels' vector loads and the rotary halves need.
  for (const [key, divisor] of [
    ['width', 4],
    ['feedForward', 4],
    ['headWidth', 8],
  ] as const) {
    if (model[key] % divisor !== 0) {
      faults.push({ path: ['model', key], message: `must be divisible by ${String(divisor)}.` });
    }
  }
  return faults;
}

/** A paradigm of texts has nothing to start from where the base learns from sequences of ids. */
export function textStartFaults({ paradigm, base }: ExperimentDocument): PathFault[] {
  if (base.source === 'text' || base.source === 'import') return [];
  const message = `must be text: the paradigm ${paradigm} starts from a model of texts.`;
  return [{ path: ['base', 'source'], message }];
}

/**
 * Keys that mean nothing for the chosen base are faults: whoever wrote them expects something.
 * @param ofTexts what the paradigm checks of a base that knows texts
 */
export function languageBaseFaults(
  document: ExperimentDocument,
  ofTexts: (document: ExperimentDocument) => PathFault[] = () => [],
): PathFault[] {
  const { base, model, tasks } = document;
  const faults: PathFault[] = [];
  if (base.source === 'import') {
    const message = 'means nothing for an imported base: its files decide.';
    if (model !== undefined) faults.push({ path: ['model'], message });
    if (base.tokens !== undefined) faults.push({ path: ['base', 'tokens'], message });
  }
  if (base.source === 'text' || base.source === 'import') {
    return [...faults, ...ofTexts(document)];
  }
  const message = 'means nothing for a base that knows no text: set its source to text.';
  for (const key of ['tokens', 'textTokens'] as const) {
    if (base[key] !== undefined) faults.push({ path: ['base', key], message });
  }
  if (tasks !== undefined) faults.push({ path: ['tasks'], message });
  return faults;
}

/** A batch that holds no row of so many positions. */
export function rowFaults({ training }: ExperimentDocument, positions: number): PathFault[] {
  if (training.tokensPerBatch >= positions) return [];
  const message = `must be at least ${String(positions)}: one row has to fit.`;
  return [{ path: ['training', 'tokensPerBatch'], message }];
}

/**
 * @param item what a position holds: one token of an item, or all of it
 * @param ranks whether cells can be ranked while they train
 */
export function trainingFaults(
  document: ExperimentDocument,
  item: 'tokens' | 'position' = 'tokens',
  ranks = item === 'position',
): PathFault[] {
  const { contexts, training } = document;
  const faults = item === 'tokens' ? firstItemFaults(document) : [];
  if (contexts.minEarlier > contexts.history) {
    faults.push({ path: ['contexts', 'minEarlier'], message: 'must not exceed the history.' });
  }
  const levels = item === 'tokens' ? document.ids.levels : 1;
  const positions = (contexts.history + 1) * levels;
  const buckets = item === 'tokens' ? DEFAULT_BUCKETS : ITEM_BUCKETS;
  const bucket = buckets.find((size) => size >= positions);
  if (bucket === undefined) {
    const message = `A history of ${String(contexts.history)} items at ${String(levels)} levels takes ${String(positions)} positions; at most ${String(buckets.at(-1))} are possible.`;
    faults.push({ path: ['contexts', 'history'], message });
  } else if (training.tokensPerBatch < bucket) {
    const message = `must be at least ${String(bucket)}: one row of ${String(positions)} positions has to fit.`;
    faults.push({ path: ['training', 'tokensPerBatch'], message });
  }
  if (training.validation?.metric === 'ndcg' && !ranks) {
    const message =
      'ndcg: only compact semantic ids and embeddings are ranked while they train; use loss.';
    faults.push({ path: ['training', 'validation', 'metric'], message });
  }
  if (training.validation?.by === 'window' && contexts.validation === undefined) {
    const message = 'window needs contexts.validation, which says when it is.';
    faults.push({ path: ['training', 'validation', 'by'], message });
  }
  const stages = contexts.stages.map(({ name }) => name);
  for (const name of Object.keys(training.stages)) {
    if (!stages.includes(name)) {
      const message = `There is no stage "${name}"; stages: ${stages.join(', ')}.`;
      faults.push({ path: ['training', 'stages', name], message });
    }
  }
  return faults;
}

/** Only a model with a start vector has something to predict a first item from. */
function firstItemFaults({ base, training }: ExperimentDocument): PathFault[] {
  const message = 'every: only compact semantic ids predict the first item of a timeline.';
  const stages = Object.entries(training.stages).filter(([, { score }]) => score === 'every');
  return [
    ...(base.score === 'every' ? [{ path: ['base', 'score'], message }] : []),
    ...stages.map(([name]) => ({ path: ['training', 'stages', name, 'score'], message })),
  ];
}

export function evaluationFaults({ evaluation, ids }: ExperimentDocument): PathFault[] {
  const faults = repeats(evaluation.cutoffs, ['evaluation', 'cutoffs']);
  const largest = Math.max(...evaluation.cutoffs);
  if (largest > evaluation.beam) {
    const message = `${String(evaluation.beam)} beams cannot rank ${String(largest)} items.`;
    faults.push({ path: ['evaluation', 'beam'], message });
  }
  if (ids.codes ** ids.levels < evaluation.beam) {
    const message = `${String(ids.levels)} levels of ${String(ids.codes)} codes name fewer items than there are beams.`;
    faults.push({ path: ['ids', 'codes'], message });
  }
  return faults;
}

/** What a paradigm that ranks items cannot be analysed by; null: by this analysis it can. */
export function rankingAnalysisFaults(
  { paradigm }: ExperimentDocument,
  { kind }: AnalysisPlan,
): PathFault[] | null {
  if (kind !== 'scaling') return null;
  const message = `scaling is a study of click models, not of the paradigm ${paradigm}.`;
  return [{ path: ['kind'], message }];
}
