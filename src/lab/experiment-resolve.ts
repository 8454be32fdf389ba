import type { MergePlan } from './experiment-types.ts';
import type { ExperimentDocument } from './experiment-schema.ts';
import { methodOf } from './merge-methods.ts';

export type DocumentMerge = ExperimentDocument['merges'][number];

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
      return data.domains ?? null;
    case 'movielens':
      return data.genres;
    case 'mind':
      return data.categories ?? null;
    case 'csv':
      return data.files?.map(({ domain }) => domain) ?? data.domains ?? null;
  }
}

/** Fills a merge's defaults: all domains, the last stage or last two, `base` where one is used. */
export function resolveMerge(document: ExperimentDocument, merge: DocumentMerge): MergePlan {
  const stages = document.contexts.stages.map(({ name }) => name);
  const domains = merge.domains ?? domainsOf(document) ?? [];
  const base = methodOf(merge.method)?.needsBase === true ? (merge.base ?? 'base') : null;
  const { name, method, parameters } = merge;
  if (merge.over === 'periods') {
    const merged = merge.stages ?? stages.slice(-2);
    return { over: 'periods', name, method, parameters, domains, stages: merged, base };
  }
  return {
    over: 'domains',
    name,
    method,
    parameters,
    domains,
    stage: merge.stage ?? stages.at(-1) ?? '',
    base,
    evaluate: merge.evaluate ?? domains,
  };
}
