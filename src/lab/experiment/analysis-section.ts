import type { AnalysisPlan } from './analyses/analysis-list.ts';

/** An entry of the document's `analysis` section of one kind, or of several. */
type AnalysisPlanOf<Kind extends AnalysisPlan['kind']> = Extract<AnalysisPlan, { kind: Kind }>;
export type LandscapePlan = AnalysisPlanOf<'path' | 'plane'>;
export type RegressionPlan = AnalysisPlanOf<'weight-regression'>;
export type ScalingPlan = AnalysisPlanOf<'scaling'>;
