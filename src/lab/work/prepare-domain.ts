import { filterLog, type FilterOptions } from '../../rec/data/filter.ts';
import type { DomainData, Dataset } from '../../rec/data/types.ts';
import { AppError } from '../../core/errors.ts';
import type { PrepareArtefact } from '../results/artefacts.ts';
import type { SettingsOf } from '../job/job.ts';

/**
 * Filters one domain. Only the report is stored: filtering is faster than reading it back.
 * @errors data-invalid when nothing is left, data-missing when the data lack the domain
 */
export function prepareDomain(
  dataset: Dataset,
  settings: Pick<SettingsOf<'prepare'>, 'domain' | 'minCount' | 'startMs'> &
    Pick<FilterOptions, 'keepUntitled'>,
): { data: DomainData; report: PrepareArtefact } {
  const log = dataset.domains.find(({ domain }) => domain === settings.domain);
  if (log === undefined) {
    const known = dataset.domains.map(({ domain }) => domain).join(', ');
    throw new AppError('data-missing', `The data have no domain "${settings.domain}".`, {
      hint: `Domains of the data: ${known}. Change contexts.domains or import other files.`,
    });
  }
  const { minCount, startMs, keepUntitled = false } = settings;
  return filterLog(log, { minCount, startMs, keepUntitled });
}
