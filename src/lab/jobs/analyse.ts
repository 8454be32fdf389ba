import { AppError } from '../../core/errors.ts';
import { analysisArtefact, type AnalysisArtefact } from '../experiment/analyses/analysis-list.ts';
import type { JobOf } from '../job/job.ts';
import type { AnalysisSettings } from '../job/job-settings.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import { defineJob } from '../work/define-job.ts';
import type { JobContext } from '../work/job-context.ts';
import { analysisWork } from './analyses/analysis-work-list.ts';

/** What the results call an analysis and its models; not part of the id. */
export interface AnalysisLabel {
  readonly name: string;
  readonly models: readonly string[];
  readonly base: string | null;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly analysis: MakesArtefact<
      AnalysisSettings,
      {
        /** Checkpoints that are measured. */
        readonly models?: readonly string[];
        /** Checkpoint that task vectors start from. */
        readonly base?: string;
        /** One a model, in the place of `base`. */
        readonly bases?: readonly string[];
        /** One a domain that is looked at, likewise `ids` and `rows`. */
        readonly data?: readonly string[];
        readonly ids?: readonly string[];
        /** Checkpoint whose id rows all models take; null: their own. */
        readonly rows?: readonly (string | null)[];
        readonly tokenizer?: string;
        /** By seed, domain, weight and split, or by seed, merge and domain; the last runs fastest. */
        readonly evaluations?: readonly string[];
      },
      { readonly label: AnalysisLabel }
    >;
  }
}

/** Measures checkpoints, or results that other jobs made of them. */
export async function analyse(
  job: JobOf<'analysis'>,
  context: JobContext,
): Promise<AnalysisArtefact> {
  const { settings } = job;
  const work = analysisWork(settings.kind);
  return work === null ? ownAnalysis(job, context) : work.run(job, settings, context);
}

/** An analysis of one paradigm. @errors internal for one that this experiment's does not have */
function ownAnalysis(job: JobOf<'analysis'>, context: JobContext): Promise<AnalysisArtefact> {
  const { analyses, document } = paradigmOf(context.experiment);
  const run = analyses[job.settings.kind];
  if (run !== undefined) return run(job, context);
  throw new AppError(
    'internal',
    `The paradigm ${document.kind} has no analysis "${job.settings.kind}".`,
  );
}

export const analysisJob = defineJob({
  kind: 'analysis',
  rank: 7,
  makes: analysisArtefact,
  run: analyse,
  analysis: ({ id, seed, label }, value) => ({ id, seed, ...label, value }),
});
