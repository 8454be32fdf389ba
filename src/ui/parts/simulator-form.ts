import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { isRecord, withValue } from '../document/document-edit.ts';
import type { DocumentPath } from '../document/document-edit.ts';
import { outlineOf } from '../document/document-outline.ts';
import {
  returningShare,
  SIMULATOR_KNOBS,
  SIMULATOR_SIZES,
  withReturningShare,
} from '../document/simulator-numbers.ts';
import type { SimulatorNumber } from '../document/simulator-numbers.ts';
import { sendEdit } from '../state/events.ts';
import { isBusy } from '../state/run-phase.ts';
import type { AppState } from '../state/state.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { valueOf } from './form-fields.ts';

/** Numbers of the simulator: sizes, knobs, and what differs by period and domain. Edits the document. */
export class MmSimulator extends LitElement {
  static override readonly properties = { state: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
      }
      .numbers {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(140px, 1fr));
        gap: 12px;
        align-items: end;
      }
      summary {
        cursor: pointer;
        color: var(--mm-accent);
        font-weight: 550;
        width: max-content;
        max-width: 100%;
        padding-block: 4px;
      }
      td input {
        width: 84px;
      }
      ul {
        padding-inline-start: 18px;
      }
    `,
  ];

  declare state: AppState;

  protected override render(): TemplateResult {
    return html`<p class="muted">
        Invented shops with their own and shared tastes, popularity that drifts from period to
        period, and titles made of meaningful words. Nothing is downloaded.
      </p>
      <div class="numbers">
        ${[...SIMULATOR_SIZES, ...SIMULATOR_KNOBS].map((number) => this.number(number))}
      </div>
      <details>
        <summary>Births and returning behaviour, by period</summary>
        ${this.periods()}
      </details>
      <details>
        <summary>What the knobs do</summary>
        <ul class="muted">
          ${SIMULATOR_KNOBS.map(({ label, help }) => html`<li><b>${label}</b>: ${help}</li>`)}
          <li>
            <b>Born</b>: share of the items that come in the first half of a period; the others
            exist from the start. None set: 55 % exist, the rest is born evenly.
          </li>
          <li>
            <b>Evergreen</b>: chance that a user wants an item that was there on the first day, else
            one that came later. Not set: nobody asks for age.
          </li>
        </ul>
      </details>`;
  }

  private number({ key, label, help, usual, ...range }: SimulatorNumber): TemplateResult {
    const { data } = outlineOf(this.state.document.text);
    const value = data[key];
    return html`<div class="field">
      <label for=${key}>${label}</label>
      <input
        id=${key}
        type="number"
        title=${help}
        placeholder=${usual}
        min=${range.min}
        max=${range.max}
        step=${range.step}
        ?disabled=${isBusy(this.state.run)}
        .value=${typeof value === 'number' ? String(value) : ''}
        @change=${(event: Event) => {
          this.set(['data', key], numberIn(event));
        }}
      />
    </div>`;
  }

  private periods(): TemplateResult {
    const { data, stages, domains, hasValidation } = outlineOf(this.state.document.text);
    const periods = [...stages.map(({ name }) => name), 'test'];
    const windows = hasValidation ? [...periods, 'validation'] : periods;
    const novelty = isRecord(data['novelty']) ? data['novelty'] : {};
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Numbers by period">
      <table>
        <thead>
          <tr>
            <th scope="col">Period</th>
            <th scope="col">Born</th>
            ${domains.map((domain) => html`<th scope="col">Evergreen, ${domain}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${windows.map(
            (period) =>
              html`<tr>
                <th scope="row">${period}</th>
                <td>
                  ${
                    periods.includes(period)
                      ? this.share(`born in ${period}`, novelty[period], (share) => {
                          this.setEntry('novelty', period, share ?? undefined);
                        })
                      : '–'
                  }
                </td>
                ${domains.map(
                  (domain) =>
                    html`<td>
                      ${this.share(
                        `evergreen in ${period}, ${domain}`,
                        returningShare(data, period, domain),
                        (share) => {
                          const shares = withReturningShare(data, period, domain, domains, share);
                          this.setEntry('returning', period, shares);
                        },
                      )}
                    </td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private share(
    label: string,
    value: unknown,
    change: (share: number | null) => void,
  ): TemplateResult {
    return html`<input
      type="number"
      aria-label="Share ${label}"
      min="0"
      max="1"
      step="0.05"
      ?disabled=${isBusy(this.state.run)}
      .value=${typeof value === 'number' ? String(value) : ''}
      @change=${(event: Event) => {
        change(numberIn(event) ?? null);
      }}
    />`;
  }

  /** An emptied section goes: without entries it would still say that ages matter. */
  private setEntry(section: 'novelty' | 'returning', period: string, value: unknown): void {
    const { data } = outlineOf(this.state.document.text);
    const entries = isRecord(data[section]) ? data[section] : {};
    const others = Object.keys(entries).filter((key) => key !== period);
    if (value === undefined && others.length === 0) this.set(['data', section], undefined);
    else this.set(['data', section, period], value);
  }

  private set(path: DocumentPath, value: unknown): void {
    sendEdit(this, () => withValue(this.state.document.text, path, value));
  }
}

/** undefined for an emptied field, whose default then holds. */
function numberIn(event: Event): number | undefined {
  const text = valueOf(event).trim();
  return text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);
}

define('mm-simulator', MmSimulator);
