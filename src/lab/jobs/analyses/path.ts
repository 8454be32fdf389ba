import { barrierHeight } from '../../../merge/analysis/plane.ts';
import type { ArtefactOf } from '../../analysis/analysis-result.ts';
import type { JobOf } from '../../job/job.ts';
import type { JobContext } from '../../work/job-context.ts';
import { survey } from '../landscape.ts';
import type { AnalysisWorkOf, SettingsOfKind } from './analysis-work.ts';
import { modelsOf } from './model-references.ts';
import { planLandscape } from './plan-landscape.ts';

declare module '../../job/job-settings.ts' {
  interface AnalysisSettingsTypes {
    readonly path: Extract<LandscapeSettings, { readonly kind: 'path' }>;
  }
}

/** The straight path between two models. */
export const pathWork: AnalysisWorkOf<'path'> = {
  kind: 'path',
  plan: (builder, plan, planned) =>
    planLandscape(builder, plan, planned, (probe) => ({
      kind: plan.kind,
      points: plan.points,
      probe,
    })),
  run: measure,
};

async function measure(
  job: JobOf<'analysis'>,
  settings: SettingsOfKind<'path'>,
  context: JobContext,
): Promise<ArtefactOf<'path'>> {
  const models = await modelsOf(job, context);
  const places = Array.from({ length: settings.points }, (_, i) => i / (settings.points - 1));
  const surveys = await survey(
    job,
    settings,
    models,
    places.map((t) => [1 - t, t]),
    context,
  );
  const curves = surveys.map(({ losses, ...rest }) => ({
    ...rest,
    losses: [...losses],
    barrier: barrierHeight(losses),
  }));
  return { kind: 'path', places, curves };
}
