import { strategySize } from '../../merge/search/strategies.ts';
import { shapedWeights } from '../../merge/weight-shapes.ts';
import { domainsOf } from '../experiment/document-domains.ts';
import { paradigmDocument } from '../paradigms/document-list.ts';
import type { MergePlan, SearchPlan } from '../experiment/experiment-types.ts';
import type { ExperimentDocument } from '../experiment/common-sections.ts';
import { SEARCH } from '../experiment/experiment-defaults.ts';
import { methodOf, takesOneModel } from '../merging/merge-methods.ts';

export type DocumentMerge = ExperimentDocument['merges'][number];

/** Columns of the grid: what merges and analyses call stages. */
export function gridColumns(document: ExperimentDocument): readonly string[] {
  return paradigmDocument(document.paradigm).columns(document);
}

export type DocumentSearch = ExperimentDocument['searches'][number];

/** Fills a merge's defaults: all domains, the last stage or last two, `base` where one is used. */
export function resolveMerge(document: ExperimentDocument, merge: DocumentMerge): MergePlan {
  const stages = gridColumns(document);
  const domains = merge.domains ?? domainsOf(document) ?? [];
  const base = methodOf(merge.method)?.needsBase === true ? (merge.base ?? 'base') : null;
  const { name, method } = merge;
  const lastStages = stages.slice(takesOneModel(method) ? -1 : -2);
  const count = merge.over === 'periods' ? (merge.stages ?? lastStages).length : 0;
  const parameters =
    merge.weights === undefined || count < 2
      ? merge.parameters
      : { ...merge.parameters, weight: shapedWeights(merge.weights, count) };
  const more = {
    ...(merge.weights !== undefined && { weights: merge.weights }),
    ...(merge.gradients !== undefined && { gradients: merge.gradients }),
  };
  if (merge.over === 'periods') {
    const merged = merge.stages ?? lastStages;
    return { over: 'periods', name, method, parameters, ...more, domains, stages: merged, base };
  }
  return {
    over: 'domains',
    name,
    method,
    parameters,
    ...more,
    domains,
    stage: merge.stage ?? stages.at(-1) ?? '',
    base,
    evaluate: merge.evaluate ?? domains,
    ...restoredOf(document, merge),
  };
}

/** Named only where it is not what the paradigm puts back anyway. */
function restoredOf(document: ExperimentDocument, { restore }: DocumentMerge) {
  const [usual] = paradigmDocument(document.paradigm).restores?.({ ...document }) ?? [];
  return restore === undefined || restore === usual ? {} : { restore };
}

/** Fills a search's defaults; its merge is named like it. */
export function resolveSearch(document: ExperimentDocument, search: DocumentSearch): SearchPlan {
  const { name, merge, vary, strategy, patience = null, objective, split } = search;
  const axes = Object.entries(vary).map(([key, { from, to, step = null }]) => {
    return { key, from, to, step };
  });
  const most = strategySize(strategy, axes) ?? SEARCH.budget;
  return {
    name,
    merge: resolveMerge(document, { ...merge, name }),
    axes,
    strategy,
    budget: search.budget ?? most,
    patience,
    objective,
    split,
  };
}
