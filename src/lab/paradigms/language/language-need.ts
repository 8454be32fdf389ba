import type { AdapterProfile } from '../../../compute/executor.ts';
import { estimateTraining, type MemoryEstimate } from '../../../nn/training/memory-estimate.ts';
import type { ModelConfig } from '../../../nn/transformer/config.ts';
import { languageModel } from '../../../nn/transformer/language-model.ts';
import { DEFAULT_BUCKETS } from '../../../rec/rows/batches.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';

/** Training of a language model with rows of all lengths that its histories may have. */
export function languageNeed(
  { training }: Experiment,
  profile: AdapterProfile,
  config: ModelConfig,
): Promise<MemoryEstimate> {
  const shapes = rowShapes(DEFAULT_BUCKETS, training, config.maxPositions);
  return estimateTraining(profile, languageModel(config), { shapes, ...needOf(training) });
}

/** Batches of all lengths that rows may have. */
export function rowShapes(
  buckets: readonly number[],
  { tokensPerBatch, sequencesPerBatch }: Experiment['training'],
  maxPositions: number,
): { readonly B: number; readonly T: number }[] {
  return buckets
    .filter((T) => T <= maxPositions && (sequencesPerBatch !== undefined || T <= tokensPerBatch))
    .map((T) => ({ B: sequencesPerBatch ?? Math.floor(tokensPerBatch / T), T }));
}

/** What of a document's training decides its memory, beside the batches. */
export function needOf({ accumulationSteps, recompute, dropout }: Experiment['training']) {
  // Which masks are drawn takes no memory: any seed does.
  const drops = dropout && { dropout: { ...dropout, seed: 0 } };
  return { microBatches: accumulationSteps, recompute, ...drops };
}
