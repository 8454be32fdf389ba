import '../../../charts/curve.ts';
import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { cellName } from '../../state/selectors.ts';
import type { GridCell } from '../../state/selectors.ts';

/**
 * The share of negatives that lie close to their targets, while embedding models train: where it is
 * near 1 and the mask is by closeness, a falling loss means nothing.
 */
export function closenessCurve(
  drawn: readonly GridCell[],
  focused: GridCell,
): TemplateResult | typeof nothing {
  const cells = drawn.filter((cell) => (cell.job?.curve.closeShares?.length ?? 0) > 0);
  if (cells.length === 0) return nothing;
  const series = cells.map((cell) => ({
    label: cellName(cell.key),
    steps: cell.job?.curve.steps ?? [],
    values: cell.job?.curve.closeShares ?? [],
  }));
  return html`<p class="muted small">Share of negatives that are close to their target</p>
    <mm-curve
      .series=${series}
      .focused=${cells.indexOf(focused)}
      .xLabel=${'optimizer step'}
      .yLabel=${'share of close negatives'}
      .fileName=${`close-negatives-${focused.key.domain === '' ? 'base' : focused.key.domain}`}
    ></mm-curve>`;
}
