import { sequentialColor } from '../../charts/color-scale.ts';
import { roundedPlace, TRIANGLE_PARTS, trianglePoints } from '../document/live-axes.ts';
import type { LiveCurve } from '../state/live-curves.ts';
import { fieldValue, type LiveMetric } from './live-scene.ts';

/** Shares of three models, which add up to 1. */
export type Shares = readonly [number, number, number];

/** A point in a square of 100 × HEIGHT, the first model at the top. */
export interface FieldPoint {
  readonly x: number;
  readonly y: number;
}

/** Height of a triangle with sides of 100. */
export const HEIGHT = 50 * Math.sqrt(3);

/** A coloured cell around one measured point. */
export interface FieldCell extends FieldPoint {
  readonly at: readonly number[];
  /** From the middle to a corner of the cell. */
  readonly radius: number;
  readonly color: string;
  readonly value: number;
}

export interface LiveField {
  /** In the order in which they are drawn: coarse ones lie under fine ones. */
  readonly cells: readonly FieldCell[];
  readonly low: number;
  readonly high: number;
  /** The best that was measured; null before anything was. */
  readonly best: FieldCell | null;
  readonly measured: number;
  readonly total: number;
}

export function pointOf([first, second, third]: Shares): FieldPoint {
  // First at the top, second at the left, third at the right.
  const sum = first + second + third;
  return { x: (50 * first + 100 * third) / sum, y: (HEIGHT * (second + third)) / sum };
}

/** Shares at a point; one outside is moved to the side that is nearest. */
export function sharesAt({ x, y }: FieldPoint): Shares {
  const first = 1 - y / HEIGHT;
  const third = (x - 50 * first) / 100;
  return normal([first, 1 - first - third, third]);
}

/** Shares on a lattice of so many parts, so that every place has a point. */
export function snapped(shares: Shares, parts: number): Shares {
  const scaled = shares.map((share) => share * parts);
  const whole = scaled.map(Math.floor);
  let left = parts - whole.reduce((sum, one) => sum + one, 0);
  // The largest remainders get what is left.
  const order = [0, 1, 2].sort((a, b) => rest(scaled, whole, b) - rest(scaled, whole, a));
  for (const at of order) {
    if (left <= 0) break;
    whole[at] = (whole[at] ?? 0) + 1;
    left -= 1;
  }
  const [a = 0, b = 0, c = 0] = whole.map((one) => roundedPlace(one / parts));
  return [a, b, c];
}

/** One share set to a value; the others keep their ratio. */
export function withShare(shares: Shares, at: 0 | 1 | 2, value: number): Shares {
  const set = Math.min(1, Math.max(0, value));
  const others = shares.reduce((sum, share, index) => (index === at ? sum : sum + share), 0);
  const [a = 0, b = 0, c = 0] = shares.map((share, index) => {
    if (index === at) return set;
    return others > 0 ? (share / others) * (1 - set) : (1 - set) / 2;
  });
  return [roundedPlace(a), roundedPlace(b), roundedPlace(c)];
}

/** The triangle as far as it is measured, coloured by one metric. */
export function fieldOf(
  curve: LiveCurve | null,
  metric: LiveMetric,
  domain: string | null,
): LiveField {
  const levels = trianglePoints();
  const known = (curve?.points ?? []).flatMap(({ at, result }) => {
    const value = fieldValue(result, metric, domain);
    return value === null ? [] : [{ at, value }];
  });
  const values = known.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const levelOf = new Map(
    levels.flatMap((points, level) => points.map((point) => [point.join(), level] as const)),
  );
  const cellOf = ({ at, value }: (typeof known)[number], level: number): FieldCell => {
    const [first = 0, second = 0, third = 0] = at;
    const spacing = 100 / (TRIANGLE_PARTS[level] ?? 1);
    // Less is better of a loss: the light end of the scale is the good one.
    const color = metric === 'loss' ? -value : value;
    const ends: [number, number] = metric === 'loss' ? [-high, -low] : [low, high];
    return {
      ...pointOf([first, second, third]),
      ...{ at, value, radius: spacing / Math.sqrt(3) },
      color: sequentialColor(color, ...ends).background,
    };
  };
  // A point of a coarse level is drawn again, smaller, once its neighbours of a finer one are coming.
  const finest = Math.max(0, ...known.map(({ at }) => levelOf.get(at.join()) ?? 0));
  const cells = Array.from({ length: finest + 1 }, (_, level) =>
    known
      .filter(({ at }) => (levelOf.get(at.join()) ?? Infinity) <= level)
      .map((point) => cellOf(point, level)),
  ).flat();
  const target = metric === 'loss' ? low : high;
  return {
    ...{ cells, low, high },
    best: cells.findLast(({ value }) => value === target) ?? null,
    measured: known.length,
    total: levels.flat().length,
  };
}

function normal(shares: readonly number[]): Shares {
  const [a = 0, b = 0, c = 0] = shares.map((share) => Math.max(0, share));
  const sum = a + b + c;
  return [a / sum, b / sum, c / sum];
}

function rest(scaled: readonly number[], whole: readonly number[], at: number): number {
  return (scaled[at] ?? 0) - (whole[at] ?? 0);
}
