import type { Executor } from '../src/compute/executor.ts';

/** A case that is set up and can be timed again and again. */
export interface PreparedCase {
  /**
   * One timed round; must not return before the work is done (`executor.idle()` or a readback).
   * Gives how much was done: tokens, beams, merges.
   */
  round(): Promise<number>;
  /** Frees what `prepare` made. */
  dispose(): void;
}

export interface BenchCase {
  /** "train step d 64, 2 layers" */
  readonly name: string;
  /** A rate ("tokens/s", "beams/s"): amount over time; "ms": time over amount. */
  readonly unit: `${string}/s` | 'ms';
  /** Executors the case makes sense on; all when absent. */
  readonly executors?: readonly ('webgpu' | 'cpu')[];
  /** Builds everything that should not be timed. */
  prepare(executor: Executor): Promise<PreparedCase>;
}

/** One file of `bench/suites`, exported as `suite`. */
export interface BenchSuite {
  readonly name: string;
  readonly cases: readonly BenchCase[];
}

/** What was measured of one case on one executor. */
export interface BenchResult {
  readonly suite: string;
  readonly case: string;
  readonly executor: 'webgpu' | 'cpu';
  readonly adapter: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Middle half of the rounds over the median, 0…1: how far to trust a difference. */
  readonly spread: number;
  readonly rounds: readonly number[];
}
