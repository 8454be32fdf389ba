import { escapeMarkup } from './markup.ts';
import type { LossCurve } from './run-info.ts';

const SIZE = { width: 280, height: 170, left: 44, right: 10, top: 26, bottom: 28 } as const;
const MAX_POINTS = 300;

/**
 * One training curve as a small inline SVG: loss over optimizer steps, both axes labelled at their
 * ends, so that a page of them can be compared. An empty curve (a cached job) gives ''.
 */
export function curveSvg(curve: LossCurve): string {
  return lineSvg(curve, curve.losses, 'loss', 2);
}

/** The same of the share of negatives that were close to their targets; '' where none is known. */
export function closenessSvg({ title, steps, closeShares = [] }: LossCurve): string {
  const percents = closeShares.map((share) => 100 * share);
  return lineSvg({ title: `${title}: close negatives, %`, steps }, percents, 'share', 1);
}

function lineSvg(
  curve: Omit<LossCurve, 'losses'>,
  line: readonly number[],
  name: string,
  digits: number,
): string {
  const points = thin(curve.steps, line);
  const first = points[0];
  const last = points[points.length - 1];
  if (first === undefined || last === undefined) return '';
  const values = points.map((point) => point.value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = scale(first.step, last.step, SIZE.left, SIZE.width - SIZE.right);
  const y = scale(low, high, SIZE.height - SIZE.bottom, SIZE.top);
  const path = points.map((point) => `${x(point.step).toFixed(1)},${y(point.value).toFixed(1)}`);
  const base = SIZE.height - SIZE.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${SIZE.width} ${SIZE.height}" width="${SIZE.width}" height="${SIZE.height}">`,
    `<title>${escapeMarkup(`${curve.title}: ${name} ${first.value.toFixed(3)} to ${last.value.toFixed(3)} in ${last.step} steps`)}</title>`,
    `<text class="ink name" x="${SIZE.left}" y="15">${escapeMarkup(curve.title)}</text>`,
    `<path class="axis" d="M${SIZE.left} ${SIZE.top}V${base}H${SIZE.width - SIZE.right}"/>`,
    `<text class="ink" x="${SIZE.left - 6}" y="${SIZE.top + 5}" text-anchor="end">${high.toFixed(digits)}</text>`,
    `<text class="ink" x="${SIZE.left - 6}" y="${base}" text-anchor="end">${low.toFixed(digits)}</text>`,
    `<text class="ink" x="${SIZE.width - SIZE.right}" y="${SIZE.height - 10}" text-anchor="end">step ${last.step}</text>`,
    `<polyline class="curve" points="${path.join(' ')}"/>`,
    '</svg>',
  ].join('\n');
}

interface Point {
  readonly step: number;
  readonly value: number;
}

/** At most MAX_POINTS points: means over equal runs of steps; non-finite values are left out. */
function thin(steps: readonly number[], values: readonly number[]): Point[] {
  const points = steps
    .map((step, at) => ({ step, value: values[at] ?? Number.NaN }))
    .filter((point) => Number.isFinite(point.value));
  const stride = Math.ceil(points.length / MAX_POINTS);
  if (stride <= 1) return points;
  const means: Point[] = [];
  for (let start = 0; start < points.length; start += stride) {
    const run = points.slice(start, start + stride);
    const value = run.reduce((sum, point) => sum + point.value, 0) / run.length;
    means.push({ step: run[run.length - 1]?.step ?? 0, value });
  }
  return means;
}

function scale(from: number, to: number, low: number, high: number): (value: number) => number {
  const span = to - from;
  return (value) => (span === 0 ? (low + high) / 2 : low + ((value - from) / span) * (high - low));
}
