import type { Executor } from '../src/compute/executor.ts';
import type { Workload } from './workload.ts';

/** A case that is set up on one engine and can be timed again and again. */
export interface PreparedCase {
  /**
   * Does the work `repeats` times; must not return before it is done (`executor.idle()` or a
   * readback). Gives how much was done: tokens, beams, merges.
   */
  round(repeats: number): Promise<number>;
  /** Untimed, before a round: fresh inputs, poisoned outputs. */
  begin?(round: number): Promise<void>;
  /** Untimed, after a round. @throws when its outputs are wrong */
  end?(): Promise<void>;
  /**
   * One unit of work with a result that every engine must agree on, asked in order before the
   * timing (loss of step `index`).
   */
  answer?(index: number): Promise<number>;
  /** Dispatches of one unit of work where the engine knows it. */
  readonly dispatches?: number;
  /** Frees what `prepare` made. */
  dispose(): void;
}

/** Which selection a case belongs to: the default is nano and small. */
export const SIZES = ['nano', 'small', 'medium', 'large'] as const;
export type Size = (typeof SIZES)[number];

export interface BenchCase {
  /** "training step d 64, 2 layers, …" */
  readonly name: string;
  readonly size: Size;
  /** A rate ("tokens/s", "beams/s"): amount over time; "ms": time over amount. */
  readonly unit: `${string}/s` | 'ms';
  /** The same work in a form that peers can do; absent when only we do it. */
  readonly workload?: Workload;
  /** Floating-point operations of one unit of `round`'s repeats: what slow engines skip by. */
  readonly flops: number;
  /** Builds everything that should not be timed. */
  prepare(executor: Executor): Promise<PreparedCase>;
}

/** One file of `bench/suites`, exported as `suite`. */
export interface BenchSuite {
  readonly name: string;
  readonly cases: readonly BenchCase[];
}
