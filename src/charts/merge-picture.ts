import type { TemplateResult } from 'lit';
import { html, svg } from './html.ts';

const WIDTH = 312;
const ROW = 34;
const LABEL = 64;

/**
 * Task vectors as rows of bars, the merged one last: bars up are positive. Colours and labels tell
 * the rows apart; a screen reader hears the counts.
 */
export function mergePictureSvg(
  models: readonly (readonly number[])[],
  merged: readonly number[],
): TemplateResult {
  const rows = [
    ...models.map((values, index) => ({
      label: `model ${String(index + 1)}`,
      values,
      tone: index,
    })),
    { label: 'merged', values: merged, tone: -1 },
  ];
  const largest = Math.max(1e-9, ...rows.flatMap(({ values }) => values.map(Math.abs)));
  const height = rows.length * ROW + 2;
  const dropped = merged.filter((value) => Math.abs(value) < 1e-6).length;
  const title = `Task vectors of ${String(models.length)} invented models and of their merge, ${String(merged.length)} elements; ${String(dropped)} elements of the merge stay at the base.`;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label=${title}>
    ${rows.map(({ label, values, tone }, row) => {
      const middle = row * ROW + ROW / 2;
      const step = (WIDTH - LABEL) / Math.max(1, values.length);
      return svg`<text x="0" y=${middle + 4} class="label">${label}</text>
        <line x1=${LABEL} x2=${WIDTH} y1=${middle} y2=${middle} class="axis"></line>
        ${values.map((value, index) => {
          const size = (Math.abs(value) / largest) * (ROW / 2 - 3);
          return svg`<rect class=${tone < 0 ? 'merged' : `model-${String(tone)}`}
            x=${(LABEL + index * step + 1).toFixed(2)} width=${(step - 2).toFixed(2)}
            y=${(value >= 0 ? middle - size : middle).toFixed(2)} height=${size.toFixed(2)}></rect>`;
        })}`;
    })}
  </svg>`;
}
