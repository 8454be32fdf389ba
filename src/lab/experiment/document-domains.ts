import { ALL_FILMS, ALL_NEWS } from '../../rec/importers/source.ts';
import type { ExperimentDocument } from './common-sections.ts';

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
