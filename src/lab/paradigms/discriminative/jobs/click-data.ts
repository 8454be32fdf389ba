import type { BehaviourOptions } from '../../../../rec/behaviour/behaviour-types.ts';
import { clickDataArtefact, type ClickDataArtefact } from '../../../results/artefacts.ts';
import type { JobContext } from '../../../work/job-context.ts';
import { defineJob } from '../../../work/define-job.ts';
import { clickTables } from './click-tables.ts';
import { behaviourDataIn } from '../behaviour-source.ts';

/** Cuts sequences and impressions of all domains; the artefact is the report. */
export interface ClickDataSettings {
  /** Digest of interactions, side features and impressions. */
  readonly dataset: string;
  readonly domains: readonly string[];
  readonly filter: { readonly minCount: number; readonly startMs: number | null };
  readonly options: BehaviourOptions;
}

declare module '../../../job/job.ts' {
  interface JobTypes {
    readonly 'click-data': MakesArtefact<ClickDataSettings, Record<never, never>>;
  }
}

/** Sequences and impressions are cut again where they are needed; the report and names are kept. */
function clickData(context: JobContext): ClickDataArtefact {
  const { vocabulary, domains } = behaviourDataIn(context);
  return {
    reports: domains.map(({ report }) => ({
      ...report,
      windows: report.windows.map((window) => ({ ...window })),
      features: report.features.map((feature) => ({ ...feature })),
    })),
    vocabulary: {
      items: [...vocabulary.items],
      features: vocabulary.features.map(({ name, values }) => ({ name, values: [...values] })),
    },
  };
}

export const clickDataJob = defineJob({
  kind: 'click-data',
  rank: 0,
  makes: clickDataArtefact,
  run: (_, context) => clickData(context),
  tables: (_, artefact, context) => clickTables(artefact, context),
});
