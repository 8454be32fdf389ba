import type { DifferenceRow } from '../results/differences.ts';
import { metricName } from '../results/result-metrics.ts';
import { differenceText, intervalText } from './difference-table.ts';
import { escapeMarkup } from './markup.ts';

const LINE = 22;
const PLOT = { left: 260, width: 320, right: 150 } as const;
const HEADER = 30;

/**
 * Differences to the reference as dots with their 95 % intervals around a line at 0, one model a
 * line; what the picture says stands beside it in numbers. '' without any.
 */
export function forestSvg(rows: readonly DifferenceRow[], title: string): string {
  const [first] = rows;
  if (first === undefined) return '';
  const reach = Math.max(1e-9, ...rows.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
  const x = (value: number): string =>
    (PLOT.left + (PLOT.width / 2) * (1 + value / reach)).toFixed(1);
  const width = PLOT.left + PLOT.width + PLOT.right;
  const height = HEADER + rows.length * LINE + 10;
  const label = (at: number, y: number, text: string, anchor: string): string =>
    `<text class="ink" x="${String(at)}" y="${String(y)}" text-anchor="${anchor}">${escapeMarkup(text)}</text>`;
  const name = metricName(first.metric, first.k);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" height="${String(height)}">`,
    `<title>${escapeMarkup(`${title}: ${name}, difference with 95 % interval`)}</title>`,
    label(PLOT.left + PLOT.width / 2, 14, `${name} − that of ${first.reference}`, 'middle'),
    `<path class="axis" d="M${x(0)} ${String(HEADER - 8)}V${String(height - 6)}"/>`,
    ...rows.flatMap((row, index) => {
      const y = HEADER + index * LINE + LINE / 2;
      return [
        label(PLOT.left - 12, y + 4, shortened(row.model), 'end'),
        `<g><title>${escapeMarkup(`${row.model}: ${differenceText(row)}, ${intervalText(row)}`)}</title>`,
        `<path class="curve" d="M${x(row.low)} ${String(y)}H${x(row.high)}"/>`,
        `<circle class="dot" cx="${x(row.difference)}" cy="${String(y)}" r="3.5"/></g>`,
        label(PLOT.left + PLOT.width + 12, y + 4, differenceText(row), 'start'),
      ];
    }),
    '</svg>',
  ].join('\n');
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= 36 ? text : `${characters.slice(0, 35).join('')}…`;
}
