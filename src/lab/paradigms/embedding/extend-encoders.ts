import { openEmbeddingModel } from '../../../nn/embedding-model/embedding-layout.ts';
import type { CheckpointSource } from '../../checkpoints/lab-store.ts';
import type { JobOf } from '../../job/job.ts';
import { deriveSeed, openInput, type JobContext } from '../../work/job-context.ts';
import { checkpointMeta } from '../../work/provenance.ts';
import { itemVectorsOf } from './encoder-config.ts';

/** An item encoder with a token of its own, and a user encoder of copies of the base's layers. */
export async function extendWithEncoders(
  job: JobOf<'extend'>,
  context: JobContext,
): Promise<CheckpointSource> {
  const { settings, inputs } = job;
  const { meta, parameters } = await openInput(context, inputs.base);
  const seed = deriveSeed(job.seed, 'item token');
  const own = settings.itemVectors?.map((domain) => context.domainData(domain).itemIds.length);
  const vectors = itemVectorsOf({ itemVectors: own && Math.max(...own) });
  return {
    parameters: openEmbeddingModel({ ...meta.config, ...vectors }, parameters, seed),
    meta: checkpointMeta(job, context, {
      paradigm: 'embedding',
      vocabulary: meta.vocabulary,
      config: { ...meta.config, maxPositions: settings.maxPositions },
      ...vectors,
      ...(meta.tokenizer !== undefined && { tokenizer: meta.tokenizer }),
      context: null,
      semanticIds: {},
      parents: [{ role: 'base', id: inputs.base }],
      steps: 0,
      curve: null,
    }),
  };
}
