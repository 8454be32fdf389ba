import type { Executor } from '../src/compute/executor.ts';
import type { BenchCase, BenchResult, BenchSuite, PreparedCase } from './suite.ts';

export interface MeasureOptions {
  readonly rounds: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly onRound: (done: number, total: number) => void;
}

interface Entry {
  readonly suite: BenchSuite;
  readonly one: BenchCase;
  readonly prepared: PreparedCase;
  readonly values: number[];
}

/**
 * Times all cases of a suite on one executor. A round runs every case once, in turn and in
 * alternating direction, so that a machine that slows down meanwhile slows all of them; the first
 * round warms up and is not counted.
 */
export async function measureSuite(
  suite: BenchSuite,
  executor: Executor,
  options: MeasureOptions,
): Promise<BenchResult[]> {
  const { kind, name: adapter } = executor.profile;
  const entries: Entry[] = [];
  try {
    for (const one of suite.cases.filter(({ executors }) => executors?.includes(kind) ?? true)) {
      entries.push({ suite, one, prepared: await one.prepare(executor), values: [] });
    }
    for (let round = 0; round <= options.rounds; round++) {
      for (const entry of round % 2 === 0 ? entries : entries.toReversed()) {
        const value = await timeRound(entry, options.now);
        if (round > 0) entry.values.push(value);
      }
      options.onRound(round, options.rounds);
    }
  } finally {
    for (const entry of entries) entry.prepared.dispose();
  }
  return entries.map(({ one, values }) => ({
    suite: suite.name,
    case: one.name,
    executor: kind,
    adapter,
    unit: one.unit,
    ...summarise(values),
    rounds: values,
  }));
}

async function timeRound({ one, prepared }: Entry, now: () => number): Promise<number> {
  const start = now();
  const amount = await prepared.round();
  const ms = now() - start;
  return one.unit === 'ms' ? ms / amount : (amount * 1000) / ms;
}

/** Median, extremes and relative interquartile range; quartiles interpolate linearly. */
export function summarise(
  values: readonly number[],
): Pick<BenchResult, 'median' | 'min' | 'max' | 'spread'> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const position = share * (sorted.length - 1);
    const low = sorted[Math.floor(position)] ?? Number.NaN;
    const high = sorted[Math.ceil(position)] ?? Number.NaN;
    return low + (high - low) * (position - Math.floor(position));
  };
  const median = at(0.5);
  return { median, min: at(0), max: at(1), spread: (at(0.75) - at(0.25)) / median };
}
