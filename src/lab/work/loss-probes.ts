import type { DeviceBuffer } from '../../compute/executor.ts';
import type { TokenLevels } from '../../nn/inputs/target-buffers.ts';
import { languageModel } from '../../nn/transformer/language-model.ts';
import { LossProbe } from '../../nn/transformer/loss-probe.ts';
import type { Sample } from '../../rec/data/types.ts';
import type { TokenRow } from '../../rec/rows/token-rows.ts';
import type { TrainingRow } from '../../rec/rows/training-rows.ts';
import { languageBatches } from '../../rec/training/train-cell.ts';
import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import type { ProbeSettings } from '../job/job-settings.ts';
import type { JobContext } from './job-context.ts';

/** Seed of what a probe draws: the same negatives and order for every model and experiment. */
export const PROBE_SEED = 0;

/** Teacher-forced loss of one domain's test targets, of whatever weights lie in a buffer. */
export interface DomainProbe {
  readonly loss: LossProbe;
  readonly users: number;
}

/** Histories with their targets, which alone are scored. */
export function probeRows(samples: readonly Sample[], history: number): TrainingRow[] {
  return samples.map(({ user, history: all, target }) => {
    const items = [...all.slice(-history), target];
    return { user, start: 0, items, scored: items.map((_, at) => at === items.length - 1) };
  });
}

/** Mean cross-entropy of the tokens of the targets. */
export async function languageProbe(
  { executor }: JobContext,
  { tokensPerBatch }: ProbeSettings,
  { config }: CheckpointMeta,
  weights: DeviceBuffer,
  rows: readonly TokenRow[],
  levels?: TokenLevels,
): Promise<DomainProbe> {
  const options = { tokensPerBatch, seed: PROBE_SEED, epoch: 0 };
  const batches = languageBatches(rows, options, levels);
  const model = languageModel(config, levels);
  return { loss: await LossProbe.create(executor, model, batches, weights), users: rows.length };
}
