import { sourceKind } from '../../rec/importers/source.ts';
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
  return sourceKind(data).domains(data);
}
