import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { Draw } from '../../../lab/recommending/recommendation.ts';
import { sharedStyles } from '../../style/shared-styles.ts';

/** The texts that models wrote, and the items that they were taken for. */
export class MmDrawnTitles extends LitElement {
  static override readonly properties = {
    models: { attribute: false },
    titles: { attribute: false },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .models {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(260px, 1fr));
        gap: 16px;
      }
      h3 {
        padding-bottom: 4px;
      }
      q {
        font-family: var(--mm-mono);
        font-size: 0.92em;
        overflow-wrap: anywhere;
      }
      ol {
        list-style: none;
      }
      li li {
        display: flex;
        justify-content: space-between;
        gap: 8px;
      }
      .models > section > ol > li {
        padding: 6px 0;
        border-top: 1px solid var(--mm-border);
      }
    `,
  ];

  declare models: readonly { readonly name: string; readonly draws: readonly Draw[] }[];
  /** By item. */
  declare titles: readonly string[];

  constructor() {
    super();
    this.models = [];
    this.titles = [];
  }

  protected override render(): TemplateResult {
    return html`<div class="models">
      ${this.models.map(
        ({ name, draws }) =>
          html`<section aria-label="Written by ${name}">
            <h3>${name}</h3>
            <ol>
              ${draws.map((draw) => this.draw(draw))}
            </ol>
          </section>`,
      )}
    </div>`;
  }

  private draw({ text, times, nearest }: Draw): TemplateResult {
    const like = nearest.filter(({ similarity }) => similarity > 0);
    const count = times === 1 ? '' : ` × ${String(times)}`;
    return html`<li>
      <q>${text}</q><span class="muted">${count}</span>
      ${like.length === 0 ? html`<p class="small muted">Like no item: it has no word that counts.</p>` : nothing}
      <ol class="small muted" aria-label="Nearest items">
        ${like.map(
          ({ item, similarity }) =>
            html`<li>
              <span>${this.titles[item] ?? ''}</span>
              <span class="number" title="cosine ${String(similarity)}"
                >cosine ${similarity.toFixed(3).replace('-', '−')}</span
              >
            </li>`,
        )}
      </ol>
    </li>`;
  }
}

define('mm-drawn-titles', MmDrawnTitles);
