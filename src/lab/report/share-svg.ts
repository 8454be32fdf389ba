import { monthName, sharePoints, type MonthShare } from '../../rec/data/cumulative-share.ts';
import { escapeMarkup } from './markup.ts';

/** How the interactions of one domain add up. */
export interface DomainShares {
  readonly domain: string;
  readonly cumulative: readonly MonthShare[];
}

const SIZE = { width: 620, height: 250, left: 52, right: 170, top: 14, bottom: 34 } as const;
const RIGHT = SIZE.width - SIZE.right;
const BASE = SIZE.height - SIZE.bottom;
const QUARTERS = [0, 25, 50, 75, 100] as const;
/** Dashes tell the lines apart, also on paper. */
const DASHES = ['', '7 4', '2 3', '9 3 2 3'] as const;
const LEGEND_STEP = 18;

/**
 * Cumulative shares of all domains over months as one inline SVG, with a legend whose lines name each
 * domain; '' where nothing is counted.
 */
export function shareSvg(domains: readonly DomainShares[]): string {
  const curves = domains.flatMap(({ domain, cumulative }) => {
    const points = sharePoints(cumulative);
    return points.length === 0 ? [] : [{ domain, points }];
  });
  const months = curves.flatMap(({ points }) => points.map(({ month }) => month));
  if (months.length === 0) return '';
  const [first, last] = [Math.min(...months), Math.max(...months)];
  const x = (month: number) => SIZE.left + ((month - first) / (last - first)) * (RIGHT - SIZE.left);
  const y = (share: number) => BASE - share * (BASE - SIZE.top);
  const height = Math.max(SIZE.height, SIZE.top + curves.length * LEGEND_STEP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${SIZE.width} ${height}" width="${SIZE.width}" height="${height}">`,
    `<title>${escapeMarkup(`Interactions before each month, ${monthName(first)} to ${monthName(last)}: ${curves.map(({ domain }) => domain).join(', ')}`)}</title>`,
    ...QUARTERS.map(
      (percent) =>
        `<path class="axis" d="M${SIZE.left} ${y(percent / 100)}H${RIGHT}"/><text class="ink" x="${SIZE.left - 6}" y="${y(percent / 100) + 4}" text-anchor="end">${percent} %</text>`,
    ),
    `<text class="ink" x="${SIZE.left}" y="${BASE + 20}">${monthName(first)}</text>`,
    `<text class="ink" x="${RIGHT}" y="${BASE + 20}" text-anchor="end">${monthName(last)}</text>`,
    ...curves.map(({ points }, at) => {
      const path = points.map(
        ({ month, share }) => `${x(month).toFixed(1)},${y(share).toFixed(1)}`,
      );
      return `<polyline class="curve" ${dash(at)}points="${path.join(' ')}"/>`;
    }),
    ...curves.map(({ domain }, at) => {
      const place = SIZE.top + at * LEGEND_STEP + 6;
      return `<path class="curve" ${dash(at)}d="M${RIGHT + 14} ${place}h24"/><text class="ink" x="${RIGHT + 44}" y="${place + 4}">${escapeMarkup(domain)}</text>`;
    }),
    '</svg>',
  ].join('\n');
}

function dash(at: number): string {
  const pattern = DASHES[at % DASHES.length] ?? '';
  return pattern === '' ? '' : `stroke-dasharray="${pattern}" `;
}
