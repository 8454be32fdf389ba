import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { PackMethod } from '../../../lab/pack/pack-methods.ts';
import { sharedStyles } from '../../style/shared-styles.ts';

/** Another method was chosen. */
export class MethodEvent extends CustomEvent<string> {
  static readonly type = 'mm-method';

  constructor(method: string) {
    super(MethodEvent.type, { detail: method });
  }
}

/** How the two become one: a card a method, as radio buttons. */
export class MmStartMethods extends LitElement {
  static override readonly properties = {
    methods: { attribute: false },
    chosen: { attribute: false },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      fieldset {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(124px, 1fr));
        gap: 10px;
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      label:has(> input[type='radio']) {
        display: block;
        position: relative;
        min-height: 72px;
        padding: 8px 12px;
        border: 1px solid var(--mm-border);
        border-radius: var(--mm-radius);
        background: var(--mm-surface);
        cursor: pointer;
        font-weight: 400;
      }
      label:hover {
        background: var(--mm-hover);
      }
      label:has(:checked) {
        border-color: var(--mm-merged);
        box-shadow: inset 0 0 0 1px var(--mm-merged);
        background: var(--mm-merged-soft);
      }
      label:has(:focus-visible) {
        outline: 2px solid var(--mm-accent);
        outline-offset: 2px;
      }
      input[type='radio'] {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        opacity: 0;
        cursor: pointer;
      }
      strong {
        display: block;
        font-weight: 650;
      }
      .why {
        color: var(--mm-muted);
        font-size: 0.88em;
        line-height: 1.25;
      }
      @media (forced-colors: active) {
        label:has(:checked) {
          outline: 3px solid Highlight;
        }
      }
      @media (max-width: 640px) {
        fieldset {
          grid-template-columns: 1fr 1fr;
        }
      }
    `,
  ];

  declare methods: readonly PackMethod[];
  declare chosen: string;

  constructor() {
    super();
    this.methods = [];
    this.chosen = '';
  }

  protected override render(): TemplateResult {
    return html`<fieldset>
      <legend class="visually-hidden">How the two models become one</legend>
      ${this.methods.map(
        ({ id, title, summary }) =>
          html`<label>
            <input
              type="radio"
              name="method"
              .value=${id}
              .checked=${id === this.chosen}
              @change=${() => {
                this.dispatchEvent(new MethodEvent(id));
              }}
            />
            <strong>${title}</strong>
            <span class="why">${summary}</span>
          </label>`,
      )}
    </fieldset>`;
  }
}

define('mm-start-methods', MmStartMethods);
