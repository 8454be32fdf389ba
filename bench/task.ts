import type { EngineGroup } from './engine.ts';
import type { Size } from './suite.ts';

export const EXECUTORS = ['webgpu', 'wasm', 'cpu-ts'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

/** What a benchmark run is asked to do. */
export interface BenchTask {
  readonly rounds: number;
  readonly executors: readonly ExecutorName[];
  /** Numbers of threads that `wasm` is measured with. */
  readonly threads: readonly number[];
  /** Groups to measure, in this order. */
  readonly groups: readonly EngineGroup[];
  readonly sizes: readonly Size[];
  /** Only suites whose name contains this; '' runs all. */
  readonly filter: string;
  readonly peers: boolean;
  /** Instead of measuring suites: where a training step's time goes, kernel by kernel. */
  readonly profile: boolean;
}
