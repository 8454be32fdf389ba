import type { Executor } from '../../compute/executor.ts';
import type { MemoryMeter } from './memory-meter.ts';
import type { MergePlan } from './plan-merge.ts';
import type { TensorFloats } from './tensor-floats.ts';

/** What the parts of one merge share. */
export interface RunContext {
  readonly executor: Executor;
  readonly plan: MergePlan;
  readonly meter: MemoryMeter;
  readonly floats: TensorFloats;
  readonly signal: AbortSignal | undefined;
  readonly budgetBytes: number;
  readonly notes: string[];
}
