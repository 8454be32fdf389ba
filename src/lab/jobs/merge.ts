import { AppError } from '../../core/errors.ts';
import { sameLayout } from '../../core/layout.ts';
import { mergeArenas } from '../../merge/merge-arenas.ts';
import { layoutOf } from '../checkpoint-layout.ts';
import type { MergeJob } from '../job.ts';
import type { StoredCheckpoint } from '../lab-store.ts';
import { checkpointMeta } from '../provenance.ts';
import { inputCheckpoint } from './job-context.ts';
import type { JobContext } from './job-context.ts';

/** Merges the parameter arenas of several checkpoints of the same shape. */
export async function merge(job: MergeJob, context: JobContext): Promise<StoredCheckpoint> {
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
  const parameters = await mergeArenas(
    context.executor,
    layout,
    {
      method: settings.method,
      parameters: settings.parameters,
      base: base?.parameters ?? null,
      models: models.map((model) => model.parameters),
    },
    context.signal,
  );
  const semanticIds = Object.assign({}, ...models.map(({ meta }) => meta.semanticIds)) as Record<
    string,
    string
  >;
  return {
    parameters,
    meta: checkpointMeta(job, context, {
      config: first.meta.config,
      ...(first.meta.paradigm !== undefined && { paradigm: first.meta.paradigm }),
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
