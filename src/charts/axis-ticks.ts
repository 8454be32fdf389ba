/** A continuous axis: its ends, round places on it, and how they are written. */
export interface Ticks {
  readonly low: number;
  readonly high: number;
  readonly values: readonly number[];
  readonly text: (value: number) => string;
}

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
  };
}
