import { paradigmDocument, paradigmDocuments } from '../paradigms/document-list.ts';
import { checkAnalysis } from './analysis-checks.ts';
import { domainsOf, sourceDomains } from '../experiment/document-domains.ts';
import type { ExperimentDocument } from '../experiment/common-sections.ts';
import type { KeyPath } from '../../io/yaml/located-yaml.ts';
import { gridColumns } from './resolve.ts';
import { checkMerges } from './merge-checks.ts';
import { checkSearches } from './search-checks.ts';
import { checkOracle, checkSimulator } from './simulator-checks.ts';
import { repeats, type PathFault } from '../experiment/path-fault.ts';

/**
 * What one field alone cannot tell: order of periods, names that must exist, sizes that must fit.
 * @param raw the document before defaults were filled in
 */
export function checkExperiment(document: ExperimentDocument, raw: unknown): PathFault[] {
  return [
    ...checkPeriods(document),
    ...checkDomains(document),
    ...checkSimulator(document),
    ...checkSections(document),
    ...paradigmDocument(document.paradigm).check(document, raw),
    ...repeats(document.seeds, ['seeds']),
    ...checkMerges(document),
    ...checkSearches(document),
    ...checkAnalysis(document),
    ...checkHybrids(document),
    ...checkOracle(document),
    ...checkSasrec(document),
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
    // `base`, `zero`, `<stage>-mean` and `<stage>-own` are names of merge bases.
    if (['base', 'zero', 'test', 'validation'].includes(name) || /-(mean|own)$/.test(name)) {
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

/** Both halves of a hybrid are masked alike, and their weight is chosen before the test. */
function checkHybrids(document: ExperimentDocument): PathFault[] {
  const { evaluation, contexts, merges, searches } = document;
  const { hybrids, maskHistory } = evaluation;
  if (hybrids === undefined) return [];
  const path: KeyPath = ['evaluation', 'hybrids'];
  const models = hybrids.map((hybrid) => (typeof hybrid === 'string' ? hybrid : hybrid.model));
  const faults = repeats(models, path);
  const isChosen = hybrids.some((hybrid) => typeof hybrid === 'string');
  if (isChosen && contexts.validation === undefined) {
    const message =
      'needs contexts.validation, where the weight of co-occurrence is chosen, or { model, weight }.';
    faults.push({ path, message });
  }
  if (maskHistory === undefined) {
    const message = 'needs evaluation.maskHistory: model and co-occurrence are then masked alike.';
    faults.push({ path, message });
  }
  const named = [...merges, ...searches].map((merge) => merge.name);
  const known = ['base', ...gridColumns(document), ...named];
  models.forEach((model, index) => {
    if (known.includes(model)) return;
    const message = `There is no model "${model}"; there are: ${known.join(', ')}.`;
    faults.push({ path: [...path, index], message });
  });
  return faults;
}

/** Items that one search lists. */
const MOST_ANSWERS = 64;

/** Sizes that the kernels take, and a window only where one is named. */
function checkSasrec({ evaluation, contexts }: ExperimentDocument): PathFault[] {
  const { sasrec } = evaluation;
  if (sasrec === undefined) return [];
  const path: KeyPath = ['evaluation', 'sasrec'];
  const faults: PathFault[] = [];
  const { width, heads, feedForward } = sasrec;
  const headWidth = width / heads;
  if (headWidth % 8 !== 0 || headWidth > 128) {
    const message = `must divide the width of ${String(width)} into multiples of 8, at most 128 each.`;
    faults.push({ path: [...path, 'heads'], message });
  }
  if (feedForward % 4 !== 0) {
    faults.push({ path: [...path, 'feedForward'], message: 'must be a multiple of 4.' });
  }
  evaluation.cutoffs.forEach((cutoff, index) => {
    if (cutoff <= MOST_ANSWERS) return;
    const message = `must be at most ${String(MOST_ANSWERS)}: SASRec answers no more.`;
    faults.push({ path: ['evaluation', 'cutoffs', index], message });
  });
  const { validation } = sasrec;
  const by = validation === 'none' ? null : validation.by;
  if (by === 'window' && contexts.validation === undefined) {
    const message = 'window needs contexts.validation, which says when it is.';
    faults.push({ path: [...path, 'validation', 'by'], message });
  }
  return faults;
}

/** Sections of other paradigms: whoever wrote them expects something. */
function checkSections(document: ExperimentDocument): PathFault[] {
  const { paradigm } = document;
  const written = document as unknown as Readonly<Record<string, unknown>>;
  return paradigmDocuments()
    .filter(({ kind }) => kind !== paradigm)
    .flatMap(({ sections }) => Object.keys(sections))
    .filter((key) => written[key] !== undefined)
    .map((key) => ({ path: [key], message: `means nothing for the paradigm ${paradigm}.` }));
}
