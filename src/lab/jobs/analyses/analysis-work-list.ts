import type { AnalysisKindName, AnalysisWork } from './analysis-work.ts';
import { heldOutChoiceWork } from './held-out-choice.ts';
import { pathWork } from './path.ts';
import { planeWork } from './plane.ts';
import { taskVectorWork } from './task-vectors.ts';
import { weightRegressionWork } from './weight-regression.ts';

/** The heavy halves of the kinds that are no paradigm's own. */
export const ANALYSIS_WORK: readonly AnalysisWork[] = [
  taskVectorWork,
  pathWork,
  planeWork,
  weightRegressionWork,
  heldOutChoiceWork,
];

/** null for a kind that one paradigm alone has. */
export function analysisWork(kind: AnalysisKindName): AnalysisWork | null {
  return ANALYSIS_WORK.find((one) => one.kind === kind) ?? null;
}
