import * as v from 'valibot';
import { AppError } from '../../../core/errors.ts';
import type { AnalysisKind } from './analysis-kind.ts';
import { heldOutChoice } from './held-out-choice.ts';
import { learningCurves } from './learning-curves.ts';
import { path } from './path.ts';
import { plane } from './plane.ts';
import { scaling } from './scaling.ts';
import { taskVectors } from './task-vectors.ts';
import { weightRegression } from './weight-regression.ts';

/** The light halves of all kinds, in the order in which faults and pages list them. */
const KINDS = [
  taskVectors,
  path,
  plane,
  weightRegression,
  heldOutChoice,
  learningCurves,
  scaling,
] as const;

export const ANALYSIS_KINDS: readonly AnalysisKind[] = KINDS;

/** One entry of the document's `analysis` section. */
export const analysisSchema = v.variant(
  'kind',
  KINDS.flatMap(({ section }) => (section === null ? [] : [section])),
);

/** What a stored analysis holds, by its kind. */
export const analysisArtefact = v.variant(
  'kind',
  KINDS.map(({ stored }) => stored),
);

export type AnalysisPlan = v.InferOutput<typeof analysisSchema>;
export type AnalysisArtefact = v.InferOutput<typeof analysisArtefact>;

/** @errors internal for a name that no schema let pass */
export function analysisKind(kind: AnalysisArtefact['kind']): AnalysisKind {
  const found = ANALYSIS_KINDS.find((one) => one.kind === kind);
  if (found !== undefined) return found;
  throw new AppError('internal', `There is no analysis "${kind}".`);
}
