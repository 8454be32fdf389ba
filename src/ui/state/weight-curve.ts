import type { ProbeResult } from '../../../workers/lab/api.ts';
import type { Problem } from '../text/problem.ts';

/** Probes of one merge of two models at several weights, as far as they are measured. */
export interface WeightCurve {
  /** See `cellsKey`: of other cells it says nothing. */
  readonly cells: string;
  /** See `sweepKey`. */
  readonly key: string;
  /** See `comparedKey`. */
  readonly group: string;
  readonly models: readonly [string, string];
  /** What each domain gets back, as the document writes it; '' is the default. */
  readonly restore: string;
  /** By the weight of the first model. */
  readonly points: readonly { readonly weight: number; readonly result: ProbeResult }[];
}

export interface WeightCurves {
  readonly shown: WeightCurve | null;
  /** The same models with something else put back, from before; null where there is none. */
  readonly before: WeightCurve | null;
  readonly isRunning: boolean;
  readonly problem: Problem | null;
}

export const NO_CURVES: WeightCurves = {
  shown: null,
  before: null,
  isRunning: false,
  problem: null,
};

/** A sweep begins: what was shown stays beside it where only what is put back is another. */
export function withCurve(
  { shown, before }: WeightCurves,
  started: Omit<WeightCurve, 'points'>,
): WeightCurves {
  const isRunning = true;
  const usable = [shown, before].filter(
    (one) => one !== null && one.cells === started.cells && one.group === started.group,
  );
  const known = usable.find((one) => one?.key === started.key)?.points ?? [];
  const earlier = usable.find((one) => one?.key !== started.key) ?? null;
  return { shown: { ...started, points: known }, before: earlier, isRunning, problem: null };
}

/** One more point of the curve that is shown, in the order of the weights. */
export function withPoint(
  curves: WeightCurves,
  key: string,
  weight: number,
  result: ProbeResult,
): WeightCurves {
  const { shown } = curves;
  if (shown === null || shown.key !== key) return curves;
  const points = [...shown.points.filter((point) => point.weight !== weight), { weight, result }];
  points.sort((a, b) => a.weight - b.weight);
  return { ...curves, shown: { ...shown, points } };
}
