import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { codeName, type BeamRow } from '../../figures/beam-rows.ts';
import { chanceText } from '../../figures/recommend-scene.ts';

/** The tree's lines with all their numbers. */
export function beamTable(
  rows: readonly BeamRow[],
  models: readonly string[],
  titles: readonly string[],
): TemplateResult {
  return html`<table>
    <caption>
      Probability of each code after its prefix, and of the whole prefix
    </caption>
    <thead>
      <tr>
        <th scope="col">Prefix</th>
        ${models.map(
          (model) =>
            html`<th scope="col" class="num">${model}, p</th>
              <th scope="col" class="num">log p</th>`,
        )}
        <th scope="col" class="num">Items</th>
        <th scope="col">First of them</th>
      </tr>
    </thead>
    <tbody>
      ${rows
        .filter(({ kind }) => kind !== 'more')
        .map(
          (row) =>
            html`<tr>
              <th scope="row" class="mono">${prefixText(row)}</th>
              ${row.cells.map((cell) => {
                const logP = cell === null || Number.isNaN(cell.logP) ? '' : cell.logP.toFixed(4);
                return html`<td class="num">${cell === null ? '–' : chanceText(cell.p)}</td>
                  <td class="num">${logP.replace('-', '−')}</td>`;
              })}
              <td class="num">${row.kind === 'cut' ? 'cut' : row.items}</td>
              <td>${titles[row.examples[0] ?? -1] ?? ''}</td>
            </tr>`,
        )}
    </tbody>
  </table>`;
}

function prefixText({ key, kind, name, level }: BeamRow): string {
  const codes = key.split(' ').filter((code) => /^\d+$/.test(code));
  const prefix = codes.map((code, at) => codeName(at + 1, Number(code))).join(' · ');
  if (kind === 'kept') return prefix;
  const what = kind === 'cut' ? `${name} without an item` : `${name} let go`;
  return level === 1 ? what : `${prefix} · ${what}`;
}
