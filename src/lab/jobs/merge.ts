import { AppError } from '../../core/errors.ts';
import { sameLayout, type ParameterLayout } from '../../core/layout.ts';
import { mergeArenas, type MergeRequest } from '../../merge/arenas/merge-arenas.ts';
import { MergeSession } from '../../merge/arenas/merge-session.ts';
import { asArtefact, searchArtefact } from '../results/artefacts.ts';
import { paradigmOfModel } from '../paradigms/paradigm-list.ts';
import { layoutOf } from '../paradigms/layout-of.ts';
import type { JobOf } from '../job/job.ts';
import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { checkpointMeta } from '../work/provenance.ts';
import { mergeStatistics } from './merge-data.ts';
import { inputCheckpoint, type JobContext } from '../work/job-context.ts';
import { defineCheckpointJob } from '../work/define-job.ts';
import type { DepthGradients } from '../../merge/arenas/depth-gradients.ts';

export interface MergeSettings {
  readonly method: string;
  /** Of a merge with a search among its inputs: what the search leaves as it is. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Absent where every depth has the same values. */
  readonly gradients?: DepthGradients;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly merge: MakesCheckpoint<
      MergeSettings,
      {
        readonly base: string | null;
        readonly models: readonly string[];
        /** Whose best numbers it takes. */
        readonly search?: string;
      }
    >;
  }
}

/** Merges the parameter arenas of several checkpoints of the same shape. */
export async function merge(given: JobOf<'merge'>, context: JobContext): Promise<StoredCheckpoint> {
  const job = await withFound(given, context);
  const { settings, inputs } = job;
  const models = await Promise.all(inputs.models.map((id) => inputCheckpoint(context, id)));
  const base = inputs.base === null ? null : await inputCheckpoint(context, inputs.base);
  const first = models[0];
  if (first === undefined) throw new AppError('internal', 'A merge without models was planned.');
  const layout = layoutOf(first.meta);
  for (const { meta } of base === null ? models : [...models, base]) {
    if (!sameLayout(layout, layoutOf(meta))) {
      throw new AppError('layout-mismatch', `"${meta.name}" has another shape than its partners.`, {
        hint: 'Only checkpoints of one model configuration can be merged.',
      });
    }
  }
  const statistics = await mergeStatistics(context, settings, base, models, job.seed);
  const parameters = await merged(settings, layout, context, {
    base: base?.parameters ?? null,
    models: models.map((model) => model.parameters),
    ...(statistics && { statistics }),
  });
  const semanticIds = Object.assign({}, ...models.map(({ meta }) => meta.semanticIds)) as Record<
    string,
    string
  >;
  return {
    parameters,
    meta: checkpointMeta(job, context, {
      config: first.meta.config,
      ...(first.meta.paradigm !== undefined && { paradigm: first.meta.paradigm }),
      ...paradigmOfModel(first.meta).mergedFacts(first.meta),
      vocabulary: first.meta.vocabulary,
      ...(first.meta.tokenizer !== undefined && { tokenizer: first.meta.tokenizer }),
      context: null,
      semanticIds,
      parents: [
        ...(inputs.base === null ? [] : [{ role: 'base', id: inputs.base }]),
        ...inputs.models.map((id) => ({ role: 'model', id })),
      ],
      steps: 0,
      curve: null,
    }),
  };
}

/** The job with the numbers that its search found, where it has one. */
async function withFound(job: JobOf<'merge'>, context: JobContext): Promise<JobOf<'merge'>> {
  const { search } = job.inputs;
  if (search === undefined) return job;
  const stored: unknown = await context.store.getArtefact(search);
  const { trials, best } = asArtefact(searchArtefact, stored, `search of ${job.title}`);
  const parameters = trials[best]?.parameters ?? job.settings.parameters;
  return { ...job, settings: { ...job.settings, parameters } };
}

async function merged(
  { method, parameters, gradients }: MergeSettings,
  layout: ParameterLayout,
  { executor, signal }: JobContext,
  operands: Pick<MergeRequest, 'base' | 'models' | 'statistics'>,
): Promise<Float32Array<ArrayBuffer>> {
  if (gradients === undefined) {
    return mergeArenas(executor, layout, { method, parameters, ...operands }, signal);
  }
  const { base, models, statistics } = operands;
  if (statistics !== undefined) {
    throw new AppError('invalid-argument', `${method} takes no values over depth.`, {
      hint: 'Nothing was merged. Give one value for all layers, or choose a method without data.',
    });
  }
  const session = new MergeSession(executor, layout);
  try {
    if (base !== null) session.load('base', base, 'The base');
    const keys = models.map((model, index) => {
      const key = `Model ${String(index + 1)}`;
      session.load(key, model);
      return key;
    });
    const request = { method, parameters, gradients, models: keys };
    await session.merge({ ...request, base: base === null ? null : 'base' }, signal);
    return await session.read();
  } finally {
    session.destroy();
  }
}

export const mergeJob = defineCheckpointJob({
  kind: 'merge',
  rank: 6,
  makes: 'checkpoint',
  card: 'A merged model',
  model: { role: 'merge' },
  run: merge,
});
