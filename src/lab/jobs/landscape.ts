import { linear } from '../../merge/methods/linear.ts';
import { MergeSession } from '../../merge/arenas/merge-session.ts';
import { restoreRows } from '../../merge/arenas/restore-rows.ts';
import { AppError } from '../../core/errors.ts';
import { throwIfAborted } from '../../rec/training/train-loop.ts';
import { layoutOf } from '../paradigms/layout-of.ts';
import type { JobOf } from '../job/job.ts';
import type { LandscapeSettings } from '../job/job-settings.ts';
import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { inputCheckpoint, type JobContext } from '../work/job-context.ts';
import type { CellWork } from '../paradigms/contract/paradigm.ts';
import { cellWork, paradigmOfModel } from '../paradigms/paradigm-list.ts';
import type { DomainProbe } from '../work/loss-probes.ts';

type Weights = readonly number[];

/** One domain's loss at points that are weighted sums of the models, weights of sum 1. */
interface Surveyed {
  readonly domain: string;
  readonly users: number;
  readonly losses: readonly number[];
}

/**
 * Teacher-forced loss between checkpoints: at points of the path between two, or of the plane through
 * three. Every point is merged on the device; the probe is the same for all.
 */
export async function survey(
  job: JobOf<'analysis'>,
  { probe: settings }: LandscapeSettings,
  models: readonly StoredCheckpoint[],
  points: readonly Weights[],
  context: JobContext,
): Promise<Surveyed[]> {
  const surveys: Surveyed[] = [];
  const total = points.length * settings.domains.length;
  for (const [place, domain] of settings.domains.entries()) {
    const arenas = await withSharedRows(job, place, models, context);
    const [first] = models;
    if (first === undefined) throw new AppError('internal', 'A landscape has no models.');
    const session = new MergeSession(context.executor, layoutOf(first.meta));
    try {
      const keys = arenas.map((arena, k) => {
        session.load(String(k), arena, models[k]?.meta.name);
        return String(k);
      });
      const merge = (weight: Weights) =>
        session.merge({
          method: linear.id,
          parameters: { weight: [...weight], normalize: false },
          base: null,
          models: keys,
        });
      const start = await merge(points[0] ?? []);
      const probe = await probeOf(job, settings, place, first, start, context);
      try {
        const losses: number[] = [];
        for (const weight of points) {
          throwIfAborted(context.signal);
          await merge(weight);
          losses.push(await probe.loss.measure());
          context.progress(place * points.length + losses.length, total, 'points');
        }
        surveys.push({ domain, users: probe.users, losses });
      } finally {
        probe.loss.destroy();
      }
    } finally {
      session.destroy();
    }
  }
  return surveys;
}

/** @errors internal for a paradigm whose loss no landscape shows */
function probeOf(...request: Parameters<NonNullable<CellWork['openProbe']>>): Promise<DomainProbe> {
  const [, { paradigm }] = request;
  const { openProbe } = cellWork(paradigm);
  if (openProbe !== undefined) return openProbe(...request);
  throw new AppError('internal', 'The paradigm of this experiment has no landscapes.');
}

/** The models' arenas; where they belong to different domains, with one domain's id rows. */
async function withSharedRows(
  job: JobOf<'analysis'>,
  place: number,
  models: readonly StoredCheckpoint[],
  context: JobContext,
): Promise<Float32Array[]> {
  const rowsFrom = job.inputs.rows?.[place] ?? null;
  if (rowsFrom === null) return models.map(({ parameters }) => parameters);
  const source = await inputCheckpoint(context, rowsFrom);
  const ranges = paradigmOfModel(source.meta).restored?.(source.meta) ?? [];
  const layout = layoutOf(source.meta);
  return models.map(({ parameters }) =>
    ranges.reduce<Float32Array>(
      (arena, range) => restoreRows(arena, layout, source.parameters, range),
      parameters,
    ),
  );
}
