import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { profileMethod, profileRows } from '../../lab/run/profile-rows.ts';
import type { ProfileRow } from '../../lab/run/profile-rows.ts';
import { send } from '../state/events.ts';
import { icon } from '../style/icons.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState } from '../state/state.ts';

/** Where one training step spends its time, kernel by kernel. */
export class MmProfile extends LitElement {
  static override readonly properties = { profile: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      :host {
        display: block;
        scroll-margin-top: 80px; /* clear of the sticky top bar */
      }
      h2:focus {
        outline: none;
      }
      .bar {
        display: block;
        min-width: 60px;
        height: 8px;
        border-radius: 4px;
        background: var(--mm-hover);
        overflow: hidden;
      }
      .bar span {
        display: block;
        height: 100%;
        background: var(--mm-accent);
      }
      td,
      th {
        white-space: nowrap;
      }
      .sizes {
        white-space: normal;
        min-width: 160px;
      }
    `,
  ];

  declare profile: NonNullable<AppState['profile']>;

  constructor() {
    super();
    this.profile = 'running';
  }

  /** The panel opens at the top of the page, the button lies at its foot: bring the reader along. */
  protected override firstUpdated(): void {
    this.scrollIntoView({ block: 'start' });
    this.renderRoot.querySelector('h2')?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult {
    return html`<section class="card" aria-labelledby="title">
      <header>
        <h2 id="title" tabindex="-1">Where a training step spends its time</h2>
        <div class="row">${this.actions()}</div>
      </header>
      ${
        this.profile === 'running'
          ? html`<p>Measuring one training step of this experiment's model …</p>`
          : this.table(this.profile)
      }
    </section>`;
  }

  private actions(): TemplateResult | typeof nothing {
    if (this.profile === 'running') return nothing;
    const action = (text: string, command: Parameters<typeof send>[1]): TemplateResult =>
      html`<button
        @click=${() => {
          send(this, command);
        }}
      >
        ${text}
      </button>`;
    return html`${action('Copy', { type: 'export-profile', how: 'copy' })}
      ${action('CSV', { type: 'export-profile', how: 'csv' })}
      <button
        class="quiet"
        aria-label="Close the profile"
        @click=${() => {
          send(this, { type: 'close-profile' });
        }}
      >
        ${icon('close')}
      </button>`;
  }

  private table(step: Exclude<MmProfile['profile'], 'running'>): TemplateResult {
    const { profile, ceilings, batch, length } = step;
    return html`<p>
        <strong>${profile.ms.toFixed(2)} ms</strong> in ${profile.dispatches} dispatches for
        ${batch} rows of ${length} tokens on ${profile.adapter}; a whole step as it runs:
        ${profile.wallMs.toFixed(2)} ms.
      </p>
      <p class="muted small">
        By ${profileMethod(step)}. Best of this machine in this session:
        ${rate(ceilings.flopsPerSecond / 1e9)} GFLOP/s in a matrix product,
        ${rate(ceilings.bytesPerSecond / 1e9)} GB/s in a copy. "Of best" is the nearer of the two.
      </p>
      <div class="scroll" tabindex="0" role="region" aria-label="Kernels">
        <table>
          <caption>
            Kernels of one step, longest first
          </caption>
          <thead>
            <tr>
              <th scope="col">Kernel</th>
              <th scope="col" class="num">Calls</th>
              <th scope="col" class="num">ms</th>
              <th scope="col" class="num">Share</th>
              <th scope="col"><span class="visually-hidden">Share as a bar</span></th>
              <th scope="col" class="num">GFLOP/s</th>
              <th scope="col" class="num">GB/s</th>
              <th scope="col" class="num">Of best</th>
              <th scope="col">Sizes</th>
            </tr>
          </thead>
          <tbody>
            ${profileRows(step).map((row) => rowOf(row))}
          </tbody>
        </table>
      </div>`;
  }
}

function rowOf(row: ProfileRow): TemplateResult {
  return html`<tr>
    <th scope="row"><code>${row.kernel}</code></th>
    <td class="num">${row.calls}</td>
    <td class="num">${row.ms.toFixed(3)}</td>
    <td class="num">${percent(row.share)}</td>
    <td aria-hidden="true">
      <span class="bar"><span style="width:${(100 * row.share).toFixed(1)}%"></span></span>
    </td>
    <td class="num">${rate(row.gflops)}</td>
    <td class="num">${rate(row.gigabytes)}</td>
    <td class="num">${row.ofCeiling === null ? '–' : percent(row.ofCeiling)}</td>
    <td class="sizes muted small">${row.shape}</td>
  </tr>`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function rate(value: number | null): string {
  if (value === null) return '–';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

define('mm-profile', MmProfile);
