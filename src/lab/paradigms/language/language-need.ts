import type { AdapterProfile } from '../../../compute/executor.ts';
import { estimateTraining, type MemoryEstimate } from '../../../nn/training/memory-estimate.ts';
import type { ModelConfig } from '../../../nn/transformer/config.ts';
import { languageModel } from '../../../nn/transformer/language-model.ts';
import type { SamplingEstimate } from '../../../nn/decoding/sampling-estimate.ts';
import { DEFAULT_BUCKETS } from '../../../rec/rows/batches.ts';
import { estimateEmbedder } from '../../../rec/text/text-embedding.ts';
import { positionsFor } from '../../checkpoints/model-config.ts';
import { textModel } from '../../planning/base-sizes.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';

/** Whether any job of an experiment takes optimizer steps on its own model. */
export function trainsModel({ base, contexts }: Experiment): boolean {
  return base.epochs > 0 || contexts.stages.some(({ training }) => training.epochs > 0);
}

/**
 * Training of a language model with rows of all lengths that its histories may have; null where
 * nothing is trained.
 */
export async function languageNeed(
  experiment: Experiment,
  profile: AdapterProfile,
  config: ModelConfig,
): Promise<MemoryEstimate | null> {
  if (!trainsModel(experiment)) return null;
  const { training } = experiment;
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

/** The base as it embeds the items' texts. */
export async function textNeed(
  experiment: Experiment,
  profile: AdapterProfile,
): Promise<SamplingEstimate> {
  const config = textModel(experiment, positionsFor((experiment.base.text?.textTokens ?? 0) + 2));
  return estimateEmbedder(profile, { config, maxTokens: experiment.base.text?.textTokens ?? 1 });
}
