import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import '../../../charts/matrix.ts';
import { MatrixRowEvent } from '../../../charts/matrix.ts';
import { metricFacts } from '../../../lab/results/result-metrics.ts';
import { crossMatrix, differenceFrom } from '../../figures/cross-matrix.ts';
import { send } from '../../state/events.ts';
import { metricTitle } from '../../state/metric-choice.ts';
import { seedsOf, type GridModel } from '../../state/selectors.ts';
import type { AppState } from '../../state/state.ts';
import { icon } from '../../style/icons.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { labelledSelect, namedOptions } from '../form-fields.ts';

const AS_IT_IS = 'nothing';

/** Every model on every test context, as it is or as a difference from one of them. */
export class MmCrossCard extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    grid: { attribute: false },
    seed: { attribute: false },
    from: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .card > header {
        align-items: center;
      }
      select {
        max-width: 190px;
      }
    `,
  ];

  declare state: AppState;
  declare grid: GridModel;
  /** null: the first. */
  declare seed: number | null;
  /** Label of the row that is taken off. */
  declare private from: string;

  constructor() {
    super();
    this.seed = null;
    this.from = AS_IT_IS;
  }

  protected override render(): TemplateResult {
    const { metric, k } = this.grid.metric;
    const { better, digits, unit } = metricFacts(metric);
    const seed = this.seed ?? seedsOf(this.state.run)[0];
    const matrix = crossMatrix(this.state.run.rows, metric, k, seed);
    const labels = matrix.rows.map(({ label }) => label);
    const from = labels.includes(this.from) ? this.from : AS_IT_IS;
    const isDifference = from !== AS_IT_IS;
    const title = `${metricTitle(this.grid.metric)} in ${unit}`;
    return html`<section class="card" aria-labelledby="cross">
      <header>
        <h2 id="cross">Every model on every test window</h2>
        ${
          labels.length === 0
            ? ''
            : labelledSelect(
                'Difference from',
                namedOptions([AS_IT_IS, ...labels]),
                from,
                (label) => {
                  this.from = label;
                },
              )
        }
      </header>
      ${
        labels.length === 0
          ? html`<div class="empty">
              ${icon('empty')}
              <p>Filled when models have been evaluated: rows are models, columns test windows.</p>
            </div>`
          : html`<mm-matrix
              .columns=${matrix.columns}
              .rows=${(isDifference ? differenceFrom(matrix, from) : matrix).rows}
              .corner=${'model'}
              .digits=${digits}
              .lowerIsBetter=${better === 'lower'}
              .isDifference=${isDifference}
              .caption=${
                isDifference
                  ? `${title}, less that of ${from}; paired intervals are in Results`
                  : `${title} ± standard error`
              }
              @mm-matrix-row=${(event: Event) => {
                if (event instanceof MatrixRowEvent) {
                  send(this, { type: 'inspect', id: event.detail });
                }
              }}
            ></mm-matrix>`
      }
    </section>`;
  }
}

define('mm-cross-card', MmCrossCard);
