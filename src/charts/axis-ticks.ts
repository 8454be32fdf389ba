/** A continuous axis: its ends, round places on it, where they lie and how they are written. */
export interface Ticks {
  readonly low: number;
  readonly high: number;
  readonly values: readonly number[];
  readonly text: (value: number) => string;
  /** Place on the axis: 0 at the low end, 1 at the high one. */
  readonly share: (value: number) => number;
}

/** `months`: values are 12 · year + month, January being 0. */
export type AxisScale = 'linear' | 'log' | 'months';

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** Smallest and largest finite value; 0 … 1 where there is none, a unit apart where all are equal. */
export function extentOf(values: readonly number[]): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** About five steps of 1, 2 or 5 times a power of ten within the extent. */
export function axisTicks([low, high]: readonly [number, number]): Ticks {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const values = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const isPlain = digits <= 4 && largest < 1e5;
  return {
    low,
    high,
    values,
    text: (value) => (isPlain ? value.toFixed(digits) : value.toExponential(1)),
    share: (value) => (value - low) / (high - low),
  };
}

/**
 * A logarithmic axis of the positive values: powers of ten, with 2 and 5 times them where fewer than
 * three lie within. Values that are not positive have no place on it (NaN).
 */
export function logTicks(values: readonly number[]): Ticks {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const [least, most] = extentOf(logs);
  const margin = 0.04 * (most - least);
  const from = least - margin;
  const to = most + margin;
  const powers = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, i) =>
    [1, 2, 5].map((factor) => factor * 10 ** (Math.floor(from) + i)),
  );
  const within = (value: number): boolean => Math.log10(value) >= from && Math.log10(value) <= to;
  const tens = powers.map(([ten = 1]) => ten).filter(within);
  return {
    low: 10 ** from,
    high: 10 ** to,
    values: tens.length >= 3 ? tens : powers.flat().filter(within),
    text: (value) => COMPACT.format(value),
    share: (value) => (value > 0 ? (Math.log10(value) - from) / (to - from) : NaN),
  };
}

/** Whole months between places, so that years begin at one of them. */
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120] as const;

/** An axis of calendar months with at most seven places, written "2023-07" or, by whole years, "2023". */
export function monthTicks([low, high]: readonly [number, number]): Ticks {
  const most = 7;
  const within = (step: number): number[] => {
    const first = Math.ceil(low / step);
    const count = Math.floor(high / step) - first + 1;
    return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
  };
  const fits = (step: number): boolean => (high - low) / step + 1 <= most;
  const step = MONTH_STEPS.find(fits) ?? 120 * Math.ceil((high - low) / (120 * (most - 1)));
  return {
    low,
    high,
    values: within(step),
    text: (value) => {
      const year = String(Math.floor(value / 12));
      return step % 12 === 0 ? year : `${year}-${String((value % 12) + 1).padStart(2, '0')}`;
    },
    share: (value) => (value - low) / (high - low),
  };
}
