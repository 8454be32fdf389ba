import type { ProbeResult } from '../../../workers/lab/api.ts';
import type { Problem } from '../text/problem.ts';

/** A probe at one place of an axis, or at the shares of three models. */
export interface LivePoint {
  readonly at: readonly number[];
  readonly result: ProbeResult;
}

/** Probes of one merge along one axis, as far as they are measured. */
export interface LiveCurve {
  /** See `cellsKey`: of other cells it says nothing. */
  readonly cells: string;
  readonly axis: string;
  /** See `axisKey`. */
  readonly key: string;
  /** In the order of their places. */
  readonly points: readonly LivePoint[];
}

export interface LiveCurves {
  /** The newest last. */
  readonly curves: readonly LiveCurve[];
  readonly isRunning: boolean;
  readonly problem: Problem | null;
}

export const NO_CURVES: LiveCurves = { curves: [], isRunning: false, problem: null };

/** Curves that are kept: a merge has a few, and one may go back to the settings before. */
const KEPT = 24;

type CurveId = Pick<LiveCurve, 'cells' | 'axis' | 'key'>;

/** One more point of a curve, which becomes the newest. */
export function withPoint(live: LiveCurves, id: CurveId, point: LivePoint): LiveCurves {
  const { cells, axis, key } = id;
  const known = curveOf(live, id)?.points ?? [];
  const place = point.at.join();
  const points = [...known.filter(({ at }) => at.join() !== place), point];
  points.sort((a, b) => compare(a.at, b.at));
  const others = live.curves.filter((one) => one.key !== key || one.cells !== cells);
  return { ...live, curves: [...others.slice(1 - KEPT), { cells, axis, key, points }] };
}

export function curveOf({ curves }: LiveCurves, { cells, key }: CurveId): LiveCurve | null {
  return curves.find((one) => one.key === key && one.cells === cells) ?? null;
}

/** The curve of the same axis that was the newest before this one: what changed is seen beside it. */
export function curveBefore({ curves }: LiveCurves, id: CurveId): LiveCurve | null {
  const { cells, axis, key } = id;
  const isOther = (one: LiveCurve) => one.axis === axis && one.cells === cells && one.key !== key;
  return curves.findLast(isOther) ?? null;
}

/** What was measured exactly here; null where nothing was. */
export function pointAt(curve: LiveCurve | null, at: readonly number[]): LivePoint | null {
  const place = at.join();
  return curve?.points.find((point) => point.at.join() === place) ?? null;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, place) => value !== b[place]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}
