import { escapeMarkup } from './markup.ts';
import type { LossCurve } from './run-info.ts';

const SIZE = { width: 280, height: 170, left: 44, right: 10, top: 26, bottom: 28 } as const;
const MAX_POINTS = 300;

/**
 * One training curve as a small inline SVG: loss over optimizer steps, both axes labelled at their
 * ends, so that a page of them can be compared. An empty curve (a cached job) gives ''.
 */
export function curveSvg(curve: LossCurve): string {
  const points = thin(curve);
  const first = points[0];
  const last = points[points.length - 1];
  if (first === undefined || last === undefined) return '';
  const losses = points.map((point) => point.loss);
  const low = Math.min(...losses);
  const high = Math.max(...losses);
  const x = scale(first.step, last.step, SIZE.left, SIZE.width - SIZE.right);
  const y = scale(low, high, SIZE.height - SIZE.bottom, SIZE.top);
  const path = points.map((point) => `${x(point.step).toFixed(1)},${y(point.loss).toFixed(1)}`);
  const base = SIZE.height - SIZE.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${SIZE.width} ${SIZE.height}" width="${SIZE.width}" height="${SIZE.height}">`,
    `<title>${escapeMarkup(`${curve.title}: loss ${first.loss.toFixed(3)} to ${last.loss.toFixed(3)} in ${last.step} steps`)}</title>`,
    `<text class="ink name" x="${SIZE.left}" y="15">${escapeMarkup(curve.title)}</text>`,
    `<path class="axis" d="M${SIZE.left} ${SIZE.top}V${base}H${SIZE.width - SIZE.right}"/>`,
    `<text class="ink" x="${SIZE.left - 6}" y="${SIZE.top + 5}" text-anchor="end">${high.toFixed(2)}</text>`,
    `<text class="ink" x="${SIZE.left - 6}" y="${base}" text-anchor="end">${low.toFixed(2)}</text>`,
    `<text class="ink" x="${SIZE.width - SIZE.right}" y="${SIZE.height - 10}" text-anchor="end">step ${last.step}</text>`,
    `<polyline class="curve" points="${path.join(' ')}"/>`,
    '</svg>',
  ].join('\n');
}

/** At most MAX_POINTS points: means over equal runs of steps; non-finite losses are left out. */
function thin(curve: LossCurve): { step: number; loss: number }[] {
  const points = curve.steps
    .map((step, at) => ({ step, loss: curve.losses[at] ?? Number.NaN }))
    .filter((point) => Number.isFinite(point.loss));
  const stride = Math.ceil(points.length / MAX_POINTS);
  if (stride <= 1) return points;
  const means: { step: number; loss: number }[] = [];
  for (let start = 0; start < points.length; start += stride) {
    const run = points.slice(start, start + stride);
    const loss = run.reduce((sum, point) => sum + point.loss, 0) / run.length;
    means.push({ step: run[run.length - 1]?.step ?? 0, loss });
  }
  return means;
}

function scale(from: number, to: number, low: number, high: number): (value: number) => number {
  const span = to - from;
  return (value) => (span === 0 ? (low + high) / 2 : low + ((value - from) / span) * (high - low));
}
