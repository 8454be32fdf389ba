import { strategySize } from '../../merge/search/strategies.ts';
import { shapedWeights } from '../../merge/weight-shapes.ts';
import { ALL_FILMS, ALL_NEWS } from '../../rec/importers/source.ts';
import { clickColumns } from './experiment-discriminative.ts';
import type { MergePlan, SearchPlan } from './experiment-types.ts';
import type { ExperimentDocument } from './experiment-schema.ts';
import { SEARCH } from './experiment-defaults.ts';
import { methodOf, takesOneModel } from '../merging/merge-methods.ts';

export type DocumentMerge = ExperimentDocument['merges'][number];

/** Columns of the grid: stages, or strategies (of each stage) of click models. */
export function gridColumns(document: ExperimentDocument): readonly string[] {
  return document.paradigm === 'discriminative'
    ? clickColumns(document).map(({ name }) => name)
    : document.contexts.stages.map(({ name }) => name);
}

export type DocumentSearch = ExperimentDocument['searches'][number];

/** The simulator makes up any domain; these have words of their own. */
const SIMULATED_DOMAINS = ['Games', 'Books'] as const;

/** Domains that the document names: in `contexts`, else in `data`; null when it names none. */
export function domainsOf(document: ExperimentDocument): readonly string[] | null {
  const simulated = 'source' in document.data ? SIMULATED_DOMAINS : null;
  return document.contexts.domains ?? sourceDomains(document.data) ?? simulated;
}

/** Domains that the data section itself fixes; null when only the files will tell. */
export function sourceDomains(data: ExperimentDocument['data']): readonly string[] | null {
  if (!('importer' in data)) return null;
  switch (data.importer) {
    case 'amazon-reviews':
    case 'recbole':
      return data.domains ?? null;
    case 'movielens':
      return data.genres ?? [ALL_FILMS];
    case 'mind':
      return data.impressions === true ? [ALL_NEWS] : (data.categories ?? null);
    case 'csv':
      return data.files?.map(({ domain }) => domain) ?? data.domains ?? null;
  }
}

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
  };
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
