import type { ParameterLayout } from '../../../../core/layout.ts';
import {
  sparseTensors,
  type BehaviourConfig,
} from '../../../../nn/behaviour-model/behaviour-layout.ts';
import { strategyLabel } from '../columns.ts';
import type { JobOf } from '../../../job/job.ts';
import type { EpochCurve } from '../../../work/job-context.ts';

/** Which click model the epochs are of, and how large its parts are. */
export function clickCurve(
  { settings, cell, seed }: Pick<JobOf<'train-click'>, 'settings' | 'cell' | 'seed'>,
  config: BehaviourConfig,
  layout: ParameterLayout,
  frozen: readonly string[],
): EpochCurve {
  const { domain, stage, sparse } = settings;
  const sizeOf = (names: readonly string[]): number =>
    layout.entries.reduce((sum, { name, size }) => sum + (names.includes(name) ? size : 0), 0);
  const all = layout.entries.reduce((sum, { size }) => sum + size, 0);
  const sparseSize = sizeOf(sparseTensors(config, sparse));
  const parameters = { sparse: sparseSize, dense: all - sparseSize, frozen: sizeOf(frozen) };
  return {
    seed,
    domain,
    stage: cell?.stage ?? stage,
    strategy: strategyLabel(settings),
    parameters,
  };
}
