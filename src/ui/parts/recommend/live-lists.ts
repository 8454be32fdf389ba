import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import { recommendColumns } from '../../figures/recommend-scene.ts';
import { LIVE_MODEL } from '../../session/recommend-session.ts';
import { send } from '../../state/events.ts';
import type { AppState } from '../../state/state.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import './recommend-lists.ts';

/** Titles of a list beside a slider. */
const LINES = 5;

/** What one customer is recommended while a slider moves: by both models, and by the merge under it. */
export class MmLiveLists extends LitElement {
  static override readonly properties = { state: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      header p {
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare state: AppState;
  /** The merge that was asked last. */
  private asked: unknown = null;

  /** Lists follow the numbers: a probe that came back says which merge is under the slider. */
  protected override updated(): void {
    const { entry } = this.state.probe;
    if (entry === undefined || entry === this.asked) return;
    this.asked = entry;
    send(this, { type: 'recommend', wanted: { isLive: true } });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { recommend, probe } = this.state;
    const { answered, choices, problem, isAsking } = recommend;
    if (probe.entry === undefined) return nothing;
    const titles = choices?.titles ?? [];
    const newest = answered?.history.slice(-3).map((item) => titles[item] ?? '') ?? [];
    return html`<section class="card" aria-labelledby="live-lists">
      <header>
        <h2 id="live-lists">One customer of ${choices?.domain ?? '…'}</h2>
        <p>After ${newest.join(', ')}</p>
        <span class="row">
          <button
            class="quiet"
            @click=${() => {
              this.next();
            }}
          >
            Another customer
          </button>
          <a href="#/recommend">All of it</a>
        </span>
      </header>
      ${
        problem === null
          ? html`<mm-recommend-lists
              .columns=${recommendColumns(recommend, LIVE_MODEL)}
              .lines=${LINES}
              ?busy=${isAsking}
            ></mm-recommend-lists>`
          : html`<p class="warn">${problem.message} ${problem.hint}</p>`
      }
    </section>`;
  }

  private next(): void {
    const { choices, wanted } = this.state.recommend;
    const place = 'place' in wanted.customer ? wanted.customer.place + 1 : 0;
    const count = choices?.customers.length ?? 1;
    send(this, { type: 'recommend', wanted: { isLive: true, customer: { place: place % count } } });
  }
}

define('mm-live-lists', MmLiveLists);
