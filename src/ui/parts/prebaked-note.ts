import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../charts/define.ts';
import { html } from '../../charts/html.ts';
import type { PackFacts } from '../../lab/pack/pack-models.ts';
import { send } from '../state/events.ts';
import { icon } from '../style/icons.ts';
import { sharedStyles } from '../style/shared-styles.ts';

/** Says whose results are on show before anything was trained here, and offers to train it. */
export class MmPrebakedNote extends LitElement {
  static override readonly properties = {
    facts: { attribute: false },
    busy: { type: Boolean },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      aside {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 12px;
        margin-bottom: var(--mm-gap);
        padding: 6px 6px 6px 14px;
        border: 1px solid var(--mm-border);
        border-radius: var(--mm-radius);
        background: var(--mm-surface);
      }
      .chip {
        border: 1px solid var(--mm-accent);
        border-radius: 999px;
        padding: 1px 10px;
        font-size: 0.86em;
        white-space: nowrap;
      }
      p {
        flex: 1 1 260px;
        margin: 0;
      }
    `,
  ];

  declare facts: PackFacts | null;
  /** A run is on. */
  declare busy: boolean;

  constructor() {
    super();
    this.facts = null;
    this.busy = false;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { facts } = this;
    if (facts === null) return nothing;
    return html`<aside aria-label="Prebaked results">
      <span class="chip" title=${`Computed before, by ${facts.machine}`}
        >prebaked · seed ${facts.seed} · engine ${facts.engine}</span
      >
      <p class="small muted">
        Trained before, weights in 16 bits; all numbers are of these models. Merges and probes work
        on them.
      </p>
      <button
        ?disabled=${this.busy}
        @click=${() => {
          send(this, { type: 'run', fresh: true });
        }}
      >
        ${icon('play')} Train it here
      </button>
    </aside>`;
  }
}

define('mm-prebaked-note', MmPrebakedNote);
