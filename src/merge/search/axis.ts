/** What a search varies: a number between two bounds, on a grid where it has a step. */
export interface Axis {
  /** `alpha`, `weight.Games`, `weights.halfLife`. */
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly step: number | null;
}

/** One value an axis, in the order of the axes. */
export type Point = readonly number[];

/** Intervals of an axis without a step, for strategies that need a grid. */
const DEFAULT_INTERVALS = 10;

/** All values of an axis from `from` on, `to` included where a step lands on it. */
export function gridValues({ from, to, step }: Axis): number[] {
  const width = step ?? (to - from) / DEFAULT_INTERVALS;
  if (width <= 0) return [from];
  const count = Math.floor((to - from) / width + 1e-9) + 1;
  return Array.from({ length: count }, (_, index) => rounded(from + index * width));
}

/** The nearest value that the axis offers. */
export function snapped(axis: Axis, value: number): number {
  const inside = Math.min(axis.to, Math.max(axis.from, value));
  if (axis.step === null) return rounded(inside);
  const most = Math.floor((axis.to - axis.from) / axis.step + 1e-9);
  const index = Math.min(most, Math.round((inside - axis.from) / axis.step));
  return rounded(axis.from + index * axis.step);
}

/** Without the last bits of sums like 0.1 + 0.2: equal settings must be equal jobs. */
function rounded(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}
