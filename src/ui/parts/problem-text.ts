import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import type { Fault } from '../../core/errors.ts';
import type { Problem } from '../text/problem.ts';

/** A problem in words: what it is, what to do, its first places. */
export function problemText(
  { message, hint, faults }: Problem,
  shownFaults: number,
): TemplateResult {
  return html`<div>
    <strong>${message}</strong>
    ${hint === '' ? nothing : html`<p>${hint}</p>`}
    ${
      faults.length === 0
        ? nothing
        : html`<ul>
            ${faultItems(faults, shownFaults)}
          </ul>`
    }
  </div>`;
}

/** The first `shown` faults with their places, and how many more there are. */
export function faultItems(faults: readonly Fault[], shown: number): TemplateResult {
  const rest = faults.length - shown;
  return html`${faults
    .slice(0, shown)
    .map((fault) => html`<li><code>${fault.place}</code> ${fault.message}</li>`)}
  ${rest > 0 ? html`<li>and ${rest} more</li>` : nothing}`;
}
