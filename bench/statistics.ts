import type { BenchResult, Timing } from './result.ts';

/** Median, extremes and relative interquartile range; quartiles interpolate linearly. */
export function summarise(
  values: readonly number[],
): Pick<Timing, 'median' | 'min' | 'max' | 'spread'> {
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

/** How many times faster `own` is than `peer`, by medians; null unless both were timed. */
export function timesFaster(
  own: Pick<BenchResult, 'timing' | 'unit'>,
  peer: Pick<BenchResult, 'timing' | 'unit'>,
): number | null {
  if (own.timing === null || peer.timing === null || own.unit !== peer.unit) return null;
  const ratio = own.timing.median / peer.timing.median;
  return own.unit === 'ms' ? 1 / ratio : ratio;
}

/** Gives our results of one case their ratio to each peer of the same group. */
export function withRatios(results: readonly BenchResult[]): BenchResult[] {
  return results.map((own) => {
    if (own.isPeer) return own;
    const fasterThan: Record<string, number> = {};
    for (const peer of results) {
      const isPair = peer.isPeer && peer.group === own.group && peer.case === own.case;
      const ratio = isPair ? timesFaster(own, peer) : null;
      if (ratio !== null) fasterThan[peer.engine] = ratio;
    }
    return { ...own, fasterThan };
  });
}

/** Relative difference allowed between what two engines say of the same work. */
export const ANSWER_TOLERANCE = 1e-3;

/**
 * Whether an engine did the work that the reference did.
 * @returns '' or what is wrong. NaN never passes
 */
export function answerFault(
  reference: readonly number[],
  given: readonly number[],
  tolerance = ANSWER_TOLERANCE,
): string {
  const isClose = reference.every((value, index) => {
    return Math.abs((given[index] ?? Number.NaN) - value) <= tolerance * Math.abs(value);
  });
  if (isClose && given.length === reference.length) return '';
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(5)).join(', ');
  return `not the same work: ${list(given)} where ours gives ${list(reference)}`;
}
