import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { define } from '../../../charts/define.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import type { ProbeState } from '../../state/state.ts';
import { NO_PROBE } from '../../state/state.ts';

/** Numbers of the merge under the slider, on the probe's users. */
export class MmLivePanel extends LitElement {
  static override readonly properties = {
    live: { type: Boolean },
    busy: { type: Boolean },
    probe: { attribute: false },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .badge {
        border: 1px solid var(--mm-accent);
        border-radius: 999px;
        padding: 1px 10px;
        font-variant-numeric: tabular-nums;
        font-size: 0.86em;
      }
      table {
        width: 100%;
        margin-top: 8px;
      }
      td {
        font-variant-numeric: tabular-nums;
      }
      p {
        margin-top: 8px;
      }
    `,
  ];

  declare live: boolean;
  /** A run is on: probes wait. */
  declare busy: boolean;
  declare probe: ProbeState;

  constructor() {
    super();
    this.live = false;
    this.busy = false;
    this.probe = NO_PROBE;
  }

  protected override render(): TemplateResult {
    const { result, roundTripMs, problem } = this.probe;
    return html`<div class="row">
        <label class="row"
          ><input
            type="checkbox"
            .checked=${this.live}
            @change=${(event: Event) => {
              const isOn = event.target instanceof HTMLInputElement && event.target.checked;
              this.dispatchEvent(new CustomEvent('live', { detail: isOn }));
            }}
          />
          Live: merge and probe while a slider moves</label
        >
        ${
          result === null
            ? nothing
            : html`<span class="badge"
                >PROBE · ${result.places[0]?.users ?? 0} users of ${result.split} ·
                ${roundTripMs.toFixed(0)} ms</span
              >`
        }
      </div>
      ${
        this.live && this.busy
          ? html`<p class="muted small">A run is on; probes wait for its end.</p>`
          : nothing
      }
      ${
        problem === null
          ? nothing
          : html`<p class="bad small" role="status">${problem.message} ${problem.hint}</p>`
      }
      ${result === null ? nothing : this.table(result)}`;
  }

  private table(result: NonNullable<ProbeState['result']>): TemplateResult {
    const { ms, places } = result;
    return html`<div class="scroll">
        <table aria-busy=${this.probe.isRunning}>
          <caption class="visually-hidden">
            Probe of the merge next to each domain's own checkpoint
          </caption>
          <thead>
            <tr>
              <th scope="col">Domain</th>
              <th scope="col" class="num">Loss, own model</th>
              <th scope="col" class="num">merge</th>
              <th scope="col" class="num">Greedy Recall@1, own model</th>
              <th scope="col" class="num">merge</th>
            </tr>
          </thead>
          <tbody>
            ${places.map(
              ({ domain, parent, loss, recall1, standardError }) =>
                html`<tr>
                  <th scope="row">${domain}</th>
                  <td class="num">${nats(parent.loss)}</td>
                  <td class="num"><strong>${nats(loss)}</strong></td>
                  <td class="num">${parent.recall1.toFixed(1)}</td>
                  <td class="num">
                    <strong>${recall1.toFixed(1)}</strong> ±${standardError.toFixed(1)}
                  </td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="muted small">
        Merge ${ms.merge.toFixed(1)} ms, measuring ${ms.evaluate.toFixed(1)} ms. Loss in nats a
        code, teacher-forced. A probe of few users is a direction, not a result: the evaluation that
        follows when you let go is the one to compare.
      </p>`;
  }
}

function nats(loss: number | null): string {
  return loss === null ? '–' : loss.toFixed(4);
}

define('mm-live-panel', MmLivePanel);
