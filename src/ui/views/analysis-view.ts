import { css, html, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../charts/define.ts';
import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import { figuresOf } from '../analysis-figures.ts';
import { icon } from '../icons.ts';
import '../parts/analysis-figure.ts';
import '../parts/analysis-form.ts';
import { sharedStyles } from '../shared-styles.ts';
import { isBusy, type AppState } from '../state.ts';

/** What the document's `analysis` section measured: figures with their tables, one at a time. */
export class MmAnalysisView extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    chosen: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .figures {
        display: grid;
        gap: var(--mm-gap);
        margin-block: var(--mm-gap);
      }
    `,
  ];

  declare state: AppState;
  declare private chosen: string;

  constructor() {
    super();
    this.chosen = '';
  }

  protected override render(): TemplateResult {
    const { analyses } = this.state.run;
    const shown = analyses.find(({ id }) => id === this.chosen) ?? analyses[0];
    return html`
      <div class="intro">
        <h1>Analysis</h1>
        <p class="muted">
          How checkpoints differ, what lies between them, and what the best merge weights go with.
        </p>
      </div>
      ${shown === undefined ? this.empty() : this.result(shown)}
      <mm-analysis-form
        .text=${this.state.document.text}
        .locked=${isBusy(this.state.run)}
      ></mm-analysis-form>
    `;
  }

  private result(shown: AnalysisResult): TemplateResult {
    return html`
      <div class="field wide">
        <label for="analysis">Shown</label>
        <select
          id="analysis"
          @change=${(event: Event) => {
            if (event.target instanceof HTMLSelectElement) this.chosen = event.target.value;
          }}
        >
          ${this.state.run.analyses.map(
            ({ id, name, seed }) =>
              html`<option value=${id} ?selected=${id === shown.id}>
                ${name}${seed === 0 ? '' : `, seed ${String(seed)}`}
              </option>`,
          )}
        </select>
      </div>
      <div class="figures">
        ${figuresOf(shown).map(
          (figure) =>
            html`<mm-analysis-figure
              .figure=${figure}
              .fileName=${shown.name}
            ></mm-analysis-figure>`,
        )}
      </div>
    `;
  }

  private empty(): TemplateResult {
    return html`<section class="card figures">
      <div class="empty">
        ${icon('empty')}
        <p>
          No analysis yet. Choose models below, or open one of the finding studies, and run the
          document.
        </p>
        <a class="button" href="#/grid">Go to the grid</a>
      </div>
    </section>`;
  }
}

define('mm-analysis-view', MmAnalysisView);
