import { prepareArtefact } from '../results/artefacts.ts';
import { defineJob } from '../work/define-job.ts';
import { prepareDomain } from '../work/prepare-domain.ts';
import { preparedTables } from '../work/prepared-tables.ts';

/** Drops interactions by MMGRid's filter; the artefact is the filter's report. */
export interface PrepareSettings {
  readonly dataset: string;
  readonly domain: string;
  readonly minCount: number;
  readonly startMs: number | null;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly prepare: MakesArtefact<PrepareSettings, Record<never, never>>;
  }
}

export const prepareJob = defineJob({
  kind: 'prepare',
  rank: 0,
  makes: prepareArtefact,
  run: ({ settings }, { dataset }) => prepareDomain(dataset, settings).report,
  tables: ({ settings }, report, { experiment, domainData }) =>
    preparedTables(experiment, domainData(settings.domain), report),
});
