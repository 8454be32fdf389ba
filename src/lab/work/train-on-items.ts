import type { CompactIdCell } from '../../rec/training/train-compact-ids.ts';
import { rankCompactIds } from '../../rec/evaluation/rank-compact-ids.ts';
import { heldOutLoss } from '../../rec/training/held-out-loss.ts';
import { batchSizes } from '../../rec/training/train-cell.ts';
import { compactBatches, trainCompactIds } from '../../rec/training/train-compact-ids.ts';
import type { TrainingRow } from '../../rec/rows/training-rows.ts';
import { compactIdModel } from '../../nn/compact-id-model/compact-id-model.ts';
import type { OptimizerSettings } from '../job/job-settings.ts';
import type { JobContext } from './job-context.ts';
import { HELD_CUTOFF, heldNdcg } from './held-ndcg.ts';
import { keepingOf } from './keep-epochs.ts';
import { PROBE_SEED } from './loss-probes.ts';
import { trainWithCurve, untrained, type TrainedRun } from './train-on.ts';

export interface ItemTrainingRun extends Omit<
  CompactIdCell,
  'parameters' | 'settings' | 'keeping'
> {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly optimizer: OptimizerSettings;
  readonly seed: number;
  /** Rows that choose an epoch. */
  readonly held?: readonly TrainingRow[];
}

/**
 * One training run on rows of items, with its loss curve reported; zero epochs leave the parameters
 * as they are. A batch's `tokensPerBatch` are positions, which are items.
 */
export async function trainOnItems(
  context: JobContext,
  { optimizer, seed, held = [], ...cell }: ItemTrainingRun,
): Promise<TrainedRun<Float32Array<ArrayBuffer>>> {
  if (optimizer.epochs === 0) return untrained(cell.parameters);
  const settings = { ...optimizer, seed };
  const { executor } = context;
  const { config, tree, parameters: before } = cell;
  const model = compactIdModel(config, tree);
  const options = { ...batchSizes(optimizer), seed: PROBE_SEED, epoch: 0 };
  const keeping = keepingOf(executor, optimizer, {
    layout: model.layout,
    before,
    rank: heldNdcg(held, (parameters, samples) => {
      const setup = { config, tree, beam: BEAM, batchUsers: BATCH_USERS };
      return rankCompactIds(executor, { ...setup, parameters, samples });
    }),
    measure:
      held.length === 0 ? null : heldOutLoss(executor, model, compactBatches(held, tree, options)),
  });
  const input = { ...cell, settings, ...(keeping && { keeping }) };
  return trainWithCurve(context, (hooks) => trainCompactIds(executor, input, hooks));
}

/** Beams and users of a validation: what its cut-off needs, and few programs. */
const BEAM = 2 * HELD_CUTOFF;
const BATCH_USERS = 64;
