import type { Executor, Program } from '../../../src/compute/executor.ts';

export interface ExecutorCounts {
  writes: number;
  writtenElements: number;
  prepared: number;
  /** Of all programs that were run. */
  dispatches: number;
}

/** The executor, with a count of what is sent to it and compiled by it. */
export function counted(executor: Executor): { executor: Executor; counts: ExecutorCounts } {
  const counts = { writes: 0, writtenElements: 0, prepared: 0, dispatches: 0 };
  const watched = new Proxy(executor, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...values: unknown[]): unknown => {
        if (name === 'write') {
          counts.writes += 1;
          counts.writtenElements += (values[1] as ArrayLike<number>).length;
        }
        if (name === 'prepare') counts.prepared += 1;
        if (name === 'run') counts.dispatches += (values[0] as Program).dispatches;
        return (value as (...given: unknown[]) => unknown).apply(target, values);
      };
    },
  });
  return { executor: watched, counts };
}
