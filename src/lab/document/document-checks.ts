import { DEFAULT_BUCKETS } from '../../rec/rows/batches.ts';
import { checkDiscriminative } from '../paradigms/discriminative/document.ts';
import { checkAnalysis } from './analysis-checks.ts';
import { MODEL, TEXT_BASE, TITLE } from '../experiment/experiment-defaults.ts';
import { positionsOf } from '../checkpoints/model-config.ts';
import { domainsOf, sourceDomains } from './resolve.ts';
import type { ExperimentDocument } from './experiment-schema.ts';
import type { KeyPath } from '../../io/located-yaml.ts';
import { checkMerges } from './merge-checks.ts';
import { checkSearches } from './search-checks.ts';
import { repeats } from '../experiment/path-fault.ts';
import type { PathFault } from '../experiment/path-fault.ts';

/**
 * What one field alone cannot tell: order of periods, names that must exist, sizes that must fit.
 * @param raw the document before defaults were filled in
 */
export function checkExperiment(document: ExperimentDocument, raw: unknown): PathFault[] {
  const generative = [checkModel, checkParadigm, checkBase, checkTraining, checkEvaluation];
  const own = document.paradigm === 'discriminative' ? [] : generative;
  return [
    ...checkPeriods(document),
    ...checkDomains(document),
    ...checkSimulator(document),
    ...checkDiscriminative(document, raw),
    ...own.flatMap((check) => check(document)),
    ...repeats(document.seeds, ['seeds']),
    ...checkMerges(document),
    ...checkSearches(document),
    ...checkAnalysis(document),
  ];
}

function checkPeriods({ contexts }: ExperimentDocument): PathFault[] {
  const faults: PathFault[] = [];
  const add = (path: KeyPath, message: string) => faults.push({ path, message });
  const windows = [
    ...contexts.stages.map((stage, index) => ({
      ...stage,
      path: ['contexts', 'stages', index] as KeyPath,
    })),
    { name: 'test', ...contexts.test, path: ['contexts', 'test'] as KeyPath },
  ];
  windows.forEach(({ name, start, end, path }, index) => {
    if (end <= start) add([...path, 'end'], `"${name}" ends at or before its start.`);
    const previous = windows[index - 1];
    if (previous !== undefined && start < previous.end) {
      add([...path, 'start'], `"${name}" starts before "${previous.name}" ends.`);
    }
    if (windows.findIndex((other) => other.name === name) !== index) {
      add([...path, 'name'], `The name "${name}" is used twice.`);
    }
  });
  const last = contexts.stages.at(-1);
  const { validation } = contexts;
  if (validation !== undefined && last !== undefined) {
    const path = ['contexts', 'validation'] as KeyPath;
    if (validation.end <= validation.start) add(path, 'ends at or before its start.');
    if (validation.start <= last.start || validation.end > last.end) {
      add(path, `must lie in the last stage "${last.name}" and leave its beginning to train on.`);
    }
  }
  contexts.stages.forEach(({ name }, index) => {
    // `base` and `<stage>-mean` are names of merge bases.
    if (['base', 'test', 'validation'].includes(name) || name.endsWith('-mean')) {
      add(['contexts', 'stages', index, 'name'], `"${name}" cannot be the name of a stage.`);
    }
  });
  return faults;
}

function checkDomains(document: ExperimentDocument): PathFault[] {
  const { domains } = document.contexts;
  if (domains === undefined) {
    return domainsOf(document) === null
      ? [{ path: ['contexts', 'domains'], message: 'The key "domains" is missing.' }]
      : [];
  }
  const faults = repeats(domains, ['contexts', 'domains']);
  const known = sourceDomains(document.data);
  domains.forEach((domain, index) => {
    if (known !== null && !known.includes(domain)) {
      faults.push({
        path: ['contexts', 'domains', index],
        message: `"${domain}" is not among the data's domains: ${known.join(', ')}.`,
      });
    }
  });
  return faults;
}

function checkSimulator({ data, contexts }: ExperimentDocument): PathFault[] {
  if (!('source' in data)) return [];
  const faults = Object.keys(data.existingItems ?? {})
    .filter((domain) => contexts.domains?.includes(domain) === false)
    .map((domain) => ({
      path: ['data', 'existingItems', domain],
      message: `"${domain}" is not among the domains: ${(contexts.domains ?? []).join(', ')}.`,
    }));
  if (data.interactionsPerUser * 4 <= data.itemsPerDomain) return faults;
  const message = 'must be at most a quarter of itemsPerDomain: nobody takes an item twice.';
  return [...faults, { path: ['data', 'interactionsPerUser'], message }];
}

function checkModel({ model = MODEL }: ExperimentDocument): PathFault[] {
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

/** Sections of other paradigms, and a base that the paradigm cannot start from. */
function checkParadigm(document: ExperimentDocument): PathFault[] {
  const { paradigm, base, title, embedding, tasks, ids } = document;
  const faults: PathFault[] = [];
  const sections = { title, embedding, 'semantic-id': tasks };
  for (const [owner, section] of Object.entries(sections)) {
    if (section === undefined || owner === paradigm) continue;
    const key = owner === 'semantic-id' ? 'tasks' : owner;
    faults.push({ path: [key], message: `means nothing for the paradigm ${paradigm}.` });
  }
  if (base.source !== 'sequences') return faults;
  if (paradigm !== 'semantic-id') {
    const message = `must be text: the paradigm ${paradigm} starts from a model of texts.`;
    faults.push({ path: ['base', 'source'], message });
  } else if (ids.features === 'base') {
    const message = 'base needs a base of texts: set the source of the base to text.';
    faults.push({ path: ['ids', 'features'], message });
  }
  return faults;
}

/** Keys that mean nothing for the chosen base are faults: whoever wrote them expects something. */
function checkBase({
  base,
  model,
  tasks,
  ids,
  contexts,
  training,
  paradigm,
  title,
}: ExperimentDocument): PathFault[] {
  const faults: PathFault[] = [];
  if (base.source === 'import') {
    const message = 'means nothing for an imported base: its files decide.';
    if (model !== undefined) faults.push({ path: ['model'], message });
    if (base.tokens !== undefined) faults.push({ path: ['base', 'tokens'], message });
  }
  if (base.source === 'sequences') {
    const message = 'means nothing for a base that learns from sequences: set its source to text.';
    for (const key of ['tokens', 'textTokens'] as const) {
      if (base[key] !== undefined) faults.push({ path: ['base', key], message });
    }
    if (tasks !== undefined) faults.push({ path: ['tasks'], message });
    return faults;
  }
  if (paradigm === 'title') {
    const { positions, titleTokens } = title ?? TITLE;
    if (2 * titleTokens + 3 > positions) {
      const message = `two titles of ${String(titleTokens)} tokens need ${String(2 * titleTokens + 3)} positions.`;
      faults.push({ path: ['title', 'positions'], message });
    }
    if (training.tokensPerBatch < positions) {
      const message = `must be at least ${String(positions)}: one row has to fit.`;
      faults.push({ path: ['training', 'tokensPerBatch'], message });
    }
  }
  if (paradigm !== 'semantic-id') return faults;
  const row = (base.textTokens ?? TEXT_BASE.textTokens) + ids.levels + 3;
  const positions = positionsOf(contexts.history, ids.levels, true);
  if (row > positions) {
    const message = `a text and its id take ${String(row)} positions; the history leaves ${String(positions)}.`;
    faults.push({ path: ['base', 'textTokens'], message });
  }
  if (training.tokensPerBatch < positions) {
    const message = `must be at least ${String(positions)}: one row has to fit.`;
    faults.push({ path: ['training', 'tokensPerBatch'], message });
  }
  return faults;
}

function checkTraining({ contexts, ids, training }: ExperimentDocument): PathFault[] {
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

function checkEvaluation({ evaluation, ids }: ExperimentDocument): PathFault[] {
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
