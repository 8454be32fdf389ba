import type { AdapterProfile } from '../compute/executor.ts';
import { formatBytes } from '../compute/limits.ts';
import { POSITION_STEP } from '../nn/embedding-model/embedding-batch.ts';
import { embeddingModel } from '../nn/embedding-model/embedding-model.ts';
import { languageModel } from '../nn/language-model.ts';
import { estimateTraining, type MemoryEstimate } from '../nn/memory-estimate.ts';
import { DEFAULT_BUCKETS } from '../rec/batches.ts';
import type { Experiment } from './experiment-types.ts';
import { experimentModel } from './model-size.ts';

/**
 * What the experiment's training takes on an adapter, at most: all row lengths that its histories
 * may have are planned for, whichever the data turn out to need.
 * @errors limit-exceeded naming need and limit
 */
export function memoryNeedOf(
  experiment: Experiment,
  profile: AdapterProfile,
): Promise<MemoryEstimate> {
  const config = experimentModel(experiment);
  const { base, paradigm, training } = experiment;
  const { tokensPerBatch, accumulationSteps, recompute } = training;
  if (paradigm.kind === 'embedding') {
    const { sequencesPerBatch, inputs, negatives } = paradigm;
    const rows = sequencesPerBatch * (inputs + 1);
    const items = rows + negatives;
    const shape = {
      tokens: items * ((base.text?.textTokens ?? 0) + 1),
      items,
      positions: Math.ceil((sequencesPerBatch * inputs) / POSITION_STEP) * POSITION_STEP,
      samples: negatives,
    };
    return estimateTraining(profile, embeddingModel(config), {
      shapes: [shape],
      microBatches: 1,
      recompute,
    });
  }
  const shapes = DEFAULT_BUCKETS.filter((T) => T <= config.maxPositions && T <= tokensPerBatch).map(
    (T) => ({ B: Math.floor(tokensPerBatch / T), T }),
  );
  return estimateTraining(profile, languageModel(config), {
    shapes,
    microBatches: accumulationSteps,
    recompute,
  });
}

/** "Training needs up to 12.6 MB (largest buffer 4 MB; the adapter allows 1 GB a buffer)." */
export function describeNeed(need: MemoryEstimate, { kind }: AdapterProfile): string {
  const { total, largestBuffer, limit, microBatches } = need;
  const allowed =
    limit === null
      ? ''
      : kind === 'cpu'
        ? `; the CPU executor allows ${formatBytes(limit)}`
        : `; the adapter allows ${formatBytes(limit)} a buffer`;
  const split = microBatches > 1 ? ` A batch is trained in ${microBatches} parts.` : '';
  const largest = `largest buffer ${formatBytes(largestBuffer)}${allowed}`;
  return `Training needs up to ${formatBytes(total)} of memory (${largest}).${split}`;
}
