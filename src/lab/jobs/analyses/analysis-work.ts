import type { AnalysisArtefact, AnalysisPlan } from '../../experiment/analyses/analysis-list.ts';
import type { Job, JobOf } from '../../job/job.ts';
import type { Chain, PlannedMerge } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import type { JobContext } from '../../work/job-context.ts';

/** What one seed planned, for analyses to refer to. */
export interface PlannedSeed {
  readonly chain: Chain;
  readonly merges: readonly PlannedMerge[];
}

/** What was planned before any analysis. */
export interface Planned {
  readonly seeds: readonly PlannedSeed[];
  readonly jobs: readonly Job[];
}

export type AnalysisKindName = AnalysisArtefact['kind'];
/** Settings of the jobs of a kind. */
export type SettingsOfKind<Kind> = Extract<JobOf<'analysis'>['settings'], { readonly kind: Kind }>;

/** The heavy half of a kind of analysis: the jobs that it plans, and their work. */
export interface AnalysisWork<Plan = AnalysisPlan, Settings = JobOf<'analysis'>['settings']> {
  readonly kind: AnalysisKindName;
  plan(builder: PlanBuilder, plan: Plan, planned: Planned): Promise<void>;
  run(job: JobOf<'analysis'>, settings: Settings, context: JobContext): Promise<AnalysisArtefact>;
}

export type AnalysisWorkOf<Kind extends AnalysisKindName> = AnalysisWork<
  Extract<AnalysisPlan, { readonly kind: Kind }>,
  SettingsOfKind<Kind>
>;
