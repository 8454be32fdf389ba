import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import { figuresOf, figuresOfKind } from '../figures/analysis-figures.ts';
import { icon } from '../style/icons.ts';
import type { StrategyCurve } from '../figures/learning-curves.ts';
import '../parts/analysis-figure.ts';
import '../parts/analysis-form.ts';
import { select } from '../parts/form-fields.ts';
import '../parts/learning-curves.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';

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
          How checkpoints differ, what lies between them, what the best merge weights go with, and
          how click models overfit and scale.
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
    const { analyses } = this.state.run;
    const { curves } = figuresOfKind(shown);
    const together =
      curves === undefined ? [shown] : analyses.filter(({ name }) => name === shown.name);
    return html`
      <div class="field wide">
        <label for="analysis">Shown</label>
        ${select('analysis', choices(analyses), shown.id, (value) => {
          this.chosen = value;
        })}
      </div>
      <div class="figures">
        ${curves === undefined ? nothing : this.curves(curves(together), shown.name)}
        ${together
          .flatMap(figuresOf)
          .map(
            (figure) =>
              html`<mm-analysis-figure
                .figure=${figure}
                .fileName=${shown.name}
              ></mm-analysis-figure>`,
          )}
      </div>
    `;
  }

  /** Of all seeds: the component chooses among them. */
  private curves(curves: readonly StrategyCurve[], name: string): TemplateResult {
    return html`<section class="card" aria-labelledby="overfitting">
      <header>
        <h2 id="overfitting">Overfitting: train and test over epochs</h2>
      </header>
      <mm-learning-curves .curves=${curves} .fileName=${name}></mm-learning-curves>
    </section>`;
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

/** One entry an analysis; curves of several seeds are one figure. */
function choices(analyses: readonly AnalysisResult[]): { id: string; title: string }[] {
  return analyses.flatMap((result) => {
    const { id, name, seed } = result;
    if (figuresOfKind(result).curves === undefined) {
      return [{ id, title: seed === 0 ? name : `${name}, seed ${String(seed)}` }];
    }
    const isFirst = analyses.find((one) => one.name === name)?.id === id;
    return isFirst ? [{ id, title: name }] : [];
  });
}

define('mm-analysis-view', MmAnalysisView);
