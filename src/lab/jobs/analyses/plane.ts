import { AppError } from '../../../core/errors.ts';
import { checkpointPlane, planeGrid } from '../../../merge/analysis/plane.ts';
import { taskVectorTable } from '../../../merge/analysis/task-vectors.ts';
import { layoutOf } from '../../paradigms/layout-of.ts';
import type { ArtefactOf } from '../../analysis/analysis-result.ts';
import type { JobOf } from '../../job/job.ts';
import type { JobContext } from '../../work/job-context.ts';
import { survey } from '../landscape.ts';
import type { AnalysisWorkOf, SettingsOfKind } from './analysis-work.ts';
import { modelsOf } from './model-references.ts';
import { planLandscape } from './plan-landscape.ts';

declare module '../../job/job-settings.ts' {
  interface AnalysisSettingsTypes {
    readonly plane: Extract<LandscapeSettings, { readonly kind: 'plane' }>;
  }
}

/** A grid of the plane through three models. */
export const planeWork: AnalysisWorkOf<'plane'> = {
  kind: 'plane',
  plan: (builder, plan, planned) =>
    planLandscape(builder, plan, planned, (probe) => ({
      kind: plan.kind,
      points: plan.points,
      margin: plan.margin,
      probe,
    })),
  run: measure,
};

async function measure(
  job: JobOf<'analysis'>,
  settings: SettingsOfKind<'plane'>,
  context: JobContext,
): Promise<ArtefactOf<'plane'>> {
  const models = await modelsOf(job, context);
  const [a, b, c] = models;
  if (a === undefined || b === undefined || c === undefined) {
    throw new AppError('internal', 'A plane was planned without its three models.');
  }
  const { tensors } = await taskVectorTable(context.executor, layoutOf(a.meta), {
    base: a.parameters,
    models: [b.parameters, c.parameters],
  });
  const product = (i: number, j: number) =>
    tensors.reduce((sum, { gram }) => sum + (gram[i]?.[j] ?? 0), 0);
  const plane = checkpointPlane([product(0, 0), product(1, 0), product(1, 1)]);
  const { xs, ys } = planeGrid(plane, settings.points, settings.margin);
  const points = [...plane.corners, ...ys.flatMap((y) => xs.map((x) => ({ x, y })))];
  const weights = points.map((point) => plane.weightsAt(point));
  const surveys = await survey(job, settings, models, weights, context);
  return {
    kind: 'plane',
    xs: [...xs],
    ys: [...ys],
    corners: plane.corners.map((corner, k) => ({
      ...corner,
      losses: surveys.map(({ losses }) => losses[k] ?? NaN),
    })),
    surfaces: surveys.map(({ losses, ...rest }) => ({
      ...rest,
      losses: ys.map((_, row) => losses.slice(3 + row * xs.length, 3 + (row + 1) * xs.length)),
    })),
  };
}
