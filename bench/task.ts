import type { EngineGroup } from './engine.ts';
import type { Size } from './suite.ts';

export const EXECUTORS = ['webgpu', 'cpu-ts'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

/** What a benchmark run is asked to do. */
export interface BenchTask {
  readonly rounds: number;
  readonly executors: readonly ExecutorName[];
  /** Groups to measure, in this order. */
  readonly groups: readonly EngineGroup[];
  readonly sizes: readonly Size[];
  /** Only suites whose name contains this; '' runs all. */
  readonly filter: string;
  readonly peers: boolean;
}
