import { DEFAULT_BUCKETS } from '../../rec/rows/batches.ts';
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
  if (base.source !== 'sequences') return [];
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
  if (base.source !== 'sequences') return [...faults, ...ofTexts(document)];
  const message = 'means nothing for a base that learns from sequences: set its source to text.';
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

export function trainingFaults({ contexts, ids, training }: ExperimentDocument): PathFault[] {
  const faults: PathFault[] = [];
  if (contexts.minEarlier > contexts.history) {
    faults.push({ path: ['contexts', 'minEarlier'], message: 'must not exceed the history.' });
  }
  const positions = (contexts.history + 1) * ids.levels;
  const bucket = DEFAULT_BUCKETS.find((size) => size >= positions);
  if (bucket === undefined) {
    const message = `A history of ${String(contexts.history)} items at ${String(ids.levels)} levels takes ${String(positions)} positions; at most ${String(DEFAULT_BUCKETS.at(-1))} are possible.`;
    faults.push({ path: ['contexts', 'history'], message });
  } else if (training.tokensPerBatch < bucket) {
    const message = `must be at least ${String(bucket)}: one row of ${String(positions)} positions has to fit.`;
    faults.push({ path: ['training', 'tokensPerBatch'], message });
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
