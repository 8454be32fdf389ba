import type { ProbeResult } from '../../../workers/lab/api.ts';
import type { LiveAxis } from '../document/live-axes.ts';
import type { LiveCurve, LivePoint } from '../state/live-curves.ts';
import { HALF_INTERVAL } from './half-interval.ts';

/** What of a probe is drawn. */
export type LiveMetric = 'loss' | 'recall1';

type Place = ProbeResult['places'][number];

export interface LiveValue {
  readonly x: number;
  readonly value: number;
  /** Half of the 95 % interval over users. */
  readonly half: number;
}

/** A domain along an axis. */
export interface LiveLine {
  readonly domain: string;
  readonly points: readonly LiveValue[];
  /** With the settings before; empty where there are none to compare with. */
  readonly before: readonly LiveValue[];
  /** The domain's own model on the same users. */
  readonly own: number;
  /** Where on the axis the merge is that model; null where it nowhere is. */
  readonly ownAt: number | null;
  readonly here: LiveValue | null;
  /** Where it stood before it was moved. */
  readonly ghost: LiveValue | null;
}

/** A domain's merge beside its own model. */
export interface LiveBar {
  readonly domain: string;
  readonly merge: { readonly value: number; readonly half: number; readonly text: string };
  readonly parent: { readonly value: number; readonly half: number; readonly text: string };
  /** From the parent to the merge on the same users, with its interval; '' where none is known. */
  readonly change: string;
  /** '' where nothing changed at all. */
  readonly verdict: 'better' | 'worse' | 'within error' | '';
}

export const LIVE_METRICS = [
  { id: 'loss', title: 'Loss', unit: 'nats', better: 'lower' },
  { id: 'recall1', title: 'First hit', unit: '% of users', better: 'higher' },
] as const satisfies readonly { readonly id: LiveMetric; readonly [fact: string]: string }[];

/** A value with half of its interval; null where the metric is not defined for it. */
function valueOf(place: Place | Place['parent'], metric: LiveMetric) {
  const value = metric === 'loss' ? place.loss : place.recall1;
  const error = metric === 'loss' ? place.lossError : place.standardError;
  return value === null ? null : { value, half: HALF_INTERVAL * (error ?? 0) };
}

/** The lines of an axis, one a domain. */
export function linesOf(
  axis: LiveAxis,
  metric: LiveMetric,
  shown: {
    readonly curve: LiveCurve | null;
    readonly before: LiveCurve | null;
    readonly here: LivePoint | null;
    readonly ghost: LivePoint | null;
  },
): readonly LiveLine[] {
  const { curve, before, here, ghost } = shown;
  const places = here?.result.places ?? curve?.points[0]?.result.places ?? [];
  const valueAt = (point: LivePoint | null, domain: string): LiveValue | null => {
    const place = point?.result.places.find((one) => one.domain === domain);
    const value = place === undefined ? null : valueOf(place, metric);
    return value === null ? null : { x: point?.at[0] ?? NaN, ...value };
  };
  return places.map(({ domain, parent }) => ({
    domain,
    points: (curve?.points ?? []).flatMap((point) => valueAt(point, domain) ?? []),
    before: (before?.points ?? []).flatMap((point) => valueAt(point, domain) ?? []),
    own: valueOf(parent, metric)?.value ?? NaN,
    ownAt: ownPlace(axis, domain),
    here: valueAt(here, domain),
    ghost: valueAt(ghost, domain),
  }));
}

/** At its own end of a share; over time where no step is taken. */
function ownPlace({ ends, min, max }: LiveAxis, domain: string): number | null {
  const [first, second] = ends;
  if (first === `all ${domain}`) return min;
  if (second === `all ${domain}`) return max;
  return min < 0 && max > 0 && first === 'back in time' ? 0 : null;
}

/** Lowest and highest line of a picture, with everything that is drawn between them. */
export function rangeOf(lines: readonly LiveLine[], metric: LiveMetric): [number, number] {
  const values = lines.flatMap(({ points, before, own, here }) => [
    ...points.flatMap(({ value, half }) => [value - half, value + half]),
    ...before.map(({ value }) => value),
    ...(Number.isFinite(own) ? [own] : []),
    ...(here === null ? [] : [here.value - here.half, here.value + here.half]),
  ]);
  if (values.length === 0) return [0, 1];
  const low = metric === 'recall1' ? 0 : Math.min(...values);
  const high = Math.max(...values, low + 1e-3);
  const step = niceStep((high - low) / 3);
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
}

/** Values between two lines, both among them. */
export function ticksOf([low, high]: readonly [number, number]): readonly number[] {
  const step = niceStep((high - low) / 3.01);
  const count = Math.round((high - low) / step);
  return Array.from({ length: count + 1 }, (_, at) => Number((low + at * step).toPrecision(6)));
}

/** 1, 2 or 5 times a power of ten, the first above. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((times) => times * power >= least) ?? 10) * power;
}

/** Every domain's merge beside its own model. */
export function barsOf({ places }: ProbeResult, metric: LiveMetric): readonly LiveBar[] {
  return places.flatMap((place): LiveBar[] => {
    const [merge, parent] = [valueOf(place, metric), valueOf(place.parent, metric)];
    if (merge === null || parent === null) return [];
    const isLoss = metric === 'loss';
    const moved = isLoss ? place.change.loss : place.change.recall1;
    const error = (isLoss ? place.change.lossError : place.change.recall1Error) ?? 0;
    const half = HALF_INTERVAL * error;
    const isClear = moved !== null && Math.abs(moved) > half && moved !== 0;
    const isSame = moved === 0 && half === 0;
    const isBetter = isLoss ? (moved ?? 0) < 0 : (moved ?? 0) > 0;
    return [
      {
        domain: place.domain,
        merge: { ...merge, text: toldValue(place, merge, metric) },
        parent: { ...parent, text: toldValue(place.parent, parent, metric) },
        change: toldChange(moved, half, metric),
        verdict: isSame ? '' : !isClear ? 'within error' : isBetter ? 'better' : 'worse',
      },
    ];
  });
}

/** "2.41 ± 0.12", "8 of 24": how many, where it is users that are counted. */
function toldValue(
  { hits, users }: Pick<Place, 'hits' | 'users'>,
  { value, half }: { readonly value: number; readonly half: number },
  metric: LiveMetric,
): string {
  if (metric === 'recall1') return `${String(hits)} of ${String(users)}`;
  return `${value.toFixed(2)} ± ${half.toFixed(2)}`;
}

function toldChange(moved: number | null, half: number, metric: LiveMetric): string {
  if (moved === null) return '';
  const digits = metric === 'loss' ? 2 : 1;
  if (moved === 0 && half === 0) return 'no user answered otherwise';
  const sign = moved < 0 ? '−' : '+';
  return `${sign}${Math.abs(moved).toFixed(digits)} ± ${half.toFixed(digits)}`;
}

/** One number of a point of the triangle: of a domain, or the mean over domains; null: undefined. */
export function fieldValue(
  { places }: ProbeResult,
  metric: LiveMetric,
  domain: string | null,
): number | null {
  const values = places
    .filter((place) => domain === null || place.domain === domain)
    .map((place) => (metric === 'loss' ? place.loss : place.recall1));
  const known = values.filter((value) => value !== null);
  if (known.length === 0 || known.length < values.length) return null;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
