import type { DeviceBuffer } from '../../../compute/executor.ts';
import { embeddingModel } from '../../../nn/embedding-model/embedding-model.ts';
import { LossProbe } from '../../../nn/transformer/loss-probe.ts';
import { embeddingBatches } from '../../../rec/embedding/embedding-batches.ts';
import type { StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import { ownSettings, type ProbeSettings } from '../../job/job-settings.ts';
import type { JobOf } from '../../job/job.ts';
import { inputOf, type JobContext } from '../../work/job-context.ts';
import { PROBE_SEED, probeRows, type DomainProbe } from '../../work/loss-probes.ts';
import { testUsers } from '../../work/test-users.ts';
import { inputTokenizer, textTokensOf } from '../../work/text-tokens.ts';
import { encoderConfigOf } from './encoder-config.ts';

/** InfoNCE of the targets against fixed negatives. */
export async function openEmbeddingProbe(
  job: JobOf<'analysis'>,
  settings: ProbeSettings,
  place: number,
  { meta }: StoredCheckpoint,
  weights: DeviceBuffer,
  context: JobContext,
): Promise<DomainProbe> {
  const data = context.domainData(settings.domains[place] ?? '');
  const { samples } = testUsers(data, settings);
  const training = ownSettings(settings.paradigm, 'embedding');
  const { falseNegative, sequencesPerBatch, negatives, mask, inBatch = false } = training;
  const tokenizer = await inputTokenizer(context, inputOf(job.inputs, 'tokenizer'));
  const itemTokens = textTokensOf(tokenizer, data, training.textTokens);
  const model = embeddingModel(encoderConfigOf(meta), { falseNegative, ...(mask && { mask }) });
  const rows = probeRows(samples, training.inputs);
  const sizes = { sequences: sequencesPerBatch, negatives, inBatch, seed: PROBE_SEED };
  const batches = [...embeddingBatches(rows, itemTokens, sizes).epoch(0)];
  const loss = await LossProbe.create(context.executor, model, batches, weights);
  return { loss, users: rows.length };
}
