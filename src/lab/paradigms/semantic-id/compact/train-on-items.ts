import type { CompactIdCell } from '../../../../rec/training/train-compact-ids.ts';
import { trainCompactIds } from '../../../../rec/training/train-compact-ids.ts';
import type { OptimizerSettings } from '../../../job/job-settings.ts';
import type { JobContext } from '../../../work/job-context.ts';
import { curveHooks, untrained, type TrainedRun } from '../../../work/train-on.ts';

export interface ItemTrainingRun extends Omit<CompactIdCell, 'parameters' | 'settings'> {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly optimizer: OptimizerSettings;
  readonly seed: number;
}

/**
 * One training run on rows of items, with its loss curve reported; zero epochs leave the parameters
 * as they are. A batch's `tokensPerBatch` are positions, which are items.
 */
export async function trainOnItems(
  context: JobContext,
  { optimizer, seed, ...cell }: ItemTrainingRun,
): Promise<TrainedRun> {
  if (optimizer.epochs === 0) return untrained(cell.parameters);
  const { curve, hooks } = curveHooks(context);
  const settings = { ...optimizer, seed };
  const trained = await trainCompactIds(context.executor, { ...cell, settings }, hooks);
  return { parameters: trained.parameters, steps: trained.steps, curve };
}
