import { canonicalJson } from '../../core/hash.ts';
import { paradigmDocument } from '../paradigms/document-list.ts';
import { domainsOf } from '../experiment/document-domains.ts';
import { gridColumns, resolveMerge, type DocumentMerge } from './resolve.ts';
import type { ExperimentDocument } from '../experiment/common-sections.ts';
import type { MergePlan } from '../experiment/experiment-types.ts';
import type { MergeMethod } from '../../merge/method.ts';
import {
  gradientFaults,
  takesOneModel,
  methodIds,
  methodOf,
  parameterFaults,
  putsEvaluatedLast,
} from '../merging/merge-methods.ts';
import { ZERO_BASE } from '../experiment/merge-sections.ts';
import { repeats, type PathFault } from '../experiment/path-fault.ts';

/** Faults of the `merges` section: names, stages, domains, bases, and each method's parameters. */
export function checkMerges(document: ExperimentDocument): PathFault[] {
  const names = document.merges.map(({ name }) => name);
  const known = new Map<string, string>();
  return document.merges.flatMap((merge, index) => [
    ...(names.indexOf(merge.name) === index
      ? []
      : [{ path: ['merges', index, 'name'], message: `"${merge.name}" is named twice.` }]),
    ...checkNewMerge(document, merge, known).map(({ path, message }) => ({
      path: ['merges', index, ...path],
      message,
    })),
  ]);
}

/** Faults of one merge, or that an earlier one makes the same: equal jobs get one row of results. */
function checkNewMerge(
  document: ExperimentDocument,
  merge: DocumentMerge,
  known: Map<string, string>,
): PathFault[] {
  const faults = checkMerge(document, merge);
  if (faults.length > 0) return faults;
  const made = madeBy(resolveMerge(document, merge));
  const same = made.flatMap((key) => known.get(key) ?? [])[0];
  for (const key of made) if (!known.has(key)) known.set(key, merge.name);
  if (same === undefined || same === merge.name) return [];
  const message = `"${merge.name}" makes the same merge as "${same}": leave one of them out.`;
  return [{ path: [], message }];
}

/** What a merge's jobs are told apart by: the name and where it is evaluated are no part of it. */
function madeBy(merge: MergePlan): string[] {
  const { method, parameters, gradients, base, domains } = merge;
  if (merge.over === 'periods') {
    const { stages } = merge;
    return domains.map((domain) =>
      canonicalJson({ method, parameters, gradients, base, stages, domain }),
    );
  }
  const models = putsEvaluatedLast(method) ? [...domains].sort() : domains;
  const { stage, restore } = merge;
  return [canonicalJson({ method, parameters, gradients, base, stage, models, restore })];
}

/** Faults of one merge by itself, with paths relative to it. */
export function checkMerge(document: ExperimentDocument, merge: DocumentMerge): PathFault[] {
  const faults = [
    ...checkNames(document, merge),
    ...checkBase(document, merge),
    ...checkRestore(document, merge),
  ];
  const method = methodOf(merge.method);
  if (method === undefined) {
    const message = `There is no method "${merge.method}"; methods: ${methodIds().join(', ')}.`;
    return [...faults, { path: ['method'], message }];
  }
  const { needs = [] } = method;
  const own = paradigmDocument(document.paradigm).mergeFault(
    document,
    resolveMerge(document, merge),
    { title: method.title, needsData: needs.length > 0 },
  );
  if (own !== null) return [...faults, own];
  const models = modelCount(document, merge);
  const { min, max } = method.models;
  if (models < min || models > max) {
    const range = min === max ? `exactly ${String(min)}` : `${String(min)} to ${String(max)}`;
    const key = merge.over === 'domains' ? 'domains' : 'stages';
    const message = `${method.title} merges ${range} models; here are ${String(models)}.`;
    faults.push({ path: [merge[key] === undefined ? 'method' : key], message });
  }
  faults.push(...checkWeights(merge, method));
  if (faults.length > 0) return faults;
  const { parameters } = resolveMerge(document, merge);
  return [
    ...parameterFaults(method, parameters, models),
    ...gradientFaults(method, parameters, merge.gradients ?? {}, models),
  ];
}

/** A rule of weights needs an order in time and a parameter to write to. */
function checkWeights(merge: DocumentMerge, method: MergeMethod): PathFault[] {
  if (merge.weights === undefined) return [];
  const path = ['weights'];
  if (merge.over !== 'periods') {
    return [{ path, message: 'A rule of weights is one over periods: name the weights instead.' }];
  }
  const weight = method.parameters.find(({ name }) => name === 'weight');
  if (weight?.kind !== 'number' || !weight.perModel) {
    return [{ path, message: `${method.title} has no weights of its models.` }];
  }
  if (merge.parameters['weight'] === undefined) return [];
  return [{ path, message: 'Both "weights" and the parameter "weight" are given.' }];
}

function modelCount(document: ExperimentDocument, merge: DocumentMerge): number {
  const resolved = resolveMerge(document, merge);
  return resolved.over === 'domains' ? resolved.domains.length : resolved.stages.length;
}

function checkNames(document: ExperimentDocument, merge: DocumentMerge): PathFault[] {
  const stages = gridColumns(document);
  const domains = domainsOf(document) ?? [];
  const faults: PathFault[] = [];
  if (merge.over === 'domains') {
    if (merge.stages !== undefined) {
      faults.push({ path: ['stages'], message: 'A merge over domains has one "stage".' });
    }
    faults.push(...unknown(merge.stage === undefined ? [] : [merge.stage], stages, 'stage'));
    const merged = merge.domains ?? domains;
    if (merged.length < 2 && !takesOneModel(merge.method)) {
      const path = merge.domains === undefined ? ['over'] : ['domains'];
      faults.push({ path, message: 'A merge over domains needs at least two domains.' });
    }
    faults.push(...unknown(merge.evaluate ?? [], merged, 'evaluate', 'merged domain'));
    faults.push(...repeats(merge.evaluate ?? [], ['evaluate']));
  } else {
    if (merge.stage !== undefined) {
      faults.push({ path: ['stage'], message: 'A merge over periods has a list "stages".' });
    }
    if (merge.evaluate !== undefined) {
      const message = 'A merge over periods is evaluated on its own domain; leave this out.';
      faults.push({ path: ['evaluate'], message });
    }
    if (stages.length < 2) {
      faults.push({ path: ['over'], message: 'A merge over periods needs at least two stages.' });
    }
    if (merge.stages?.length === 1 && !takesOneModel(merge.method)) {
      faults.push({ path: ['stages'], message: 'needs at least two stages' });
    }
    faults.push(...unknown(merge.stages ?? [], stages, 'stages', 'stage'));
    faults.push(...repeats(merge.stages ?? [], ['stages']));
    const order = (merge.stages ?? []).map((stage) => stages.indexOf(stage));
    if (order.some((place, index) => place < (order[index - 1] ?? -1))) {
      faults.push({ path: ['stages'], message: 'The stages must be listed oldest first.' });
    }
  }
  faults.push(...unknown(merge.domains ?? [], domains, 'domains', 'domain'));
  faults.push(...repeats(merge.domains ?? [], ['domains']));
  return faults;
}

function checkBase(document: ExperimentDocument, merge: DocumentMerge): PathFault[] {
  if (merge.base === undefined) return [];
  const method = methodOf(merge.method);
  if (method?.needsBase === false) {
    return [{ path: ['base'], message: `${method.title} uses no base: it would have no effect.` }];
  }
  const stages = gridColumns(document);
  const bases = ['base', ...stages];
  if (merge.over === 'domains') {
    const ofStages = ['-mean', '-own'].flatMap((end) => stages.map((stage) => stage + end));
    bases.push(...ofStages, ZERO_BASE);
    const cells = (domainsOf(document) ?? []).flatMap((domain) =>
      stages.map((stage) => `${domain}/${stage}`),
    );
    if (cells.includes(merge.base)) return [];
  }
  if (bases.includes(merge.base)) {
    const own = `${merge.stage ?? stages.at(-1) ?? ''}-own`;
    if (merge.base !== own) return [];
    const message =
      'is the merged stage itself: no model has changed since. Name an earlier stage.';
    return [{ path: ['base'], message }];
  }
  const message = `There is no base "${merge.base}"; bases here: ${bases.join(', ')}.`;
  return [{ path: ['base'], message }];
}

function checkRestore(document: ExperimentDocument, merge: DocumentMerge): PathFault[] {
  const { restore, over } = merge;
  if (restore === undefined) return [];
  const path = ['restore'];
  if (over === 'periods') {
    const message = 'A merge over periods stays in its domain: there is nothing to restore.';
    return [{ path, message }];
  }
  const paradigm = paradigmDocument(document.paradigm);
  const known: readonly string[] = paradigm.restores?.({ ...document }) ?? [];
  if (known.includes(restore)) return [];
  const message =
    known.length === 0
      ? `means nothing for the paradigm ${paradigm.kind}: its models mean the same in every domain.`
      : `These models have no ${restore} of their own; there are: ${known.join(', ')}.`;
  return [{ path, message }];
}

function unknown(
  given: readonly string[],
  known: readonly string[],
  key: string,
  what = key,
): PathFault[] {
  return given.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [
          {
            path: key === 'stage' ? [key] : [key, index],
            message: `There is no ${what} "${name}"; there are: ${known.join(', ')}.`,
          },
        ],
  );
}
