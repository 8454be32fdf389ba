import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../charts/define.ts';
import { html } from '../../charts/html.ts';
import { outlineOf } from '../document/document-outline.ts';
import { answerOf, recommendColumns } from '../figures/recommend-scene.ts';
import '../parts/problem-banner.ts';
import '../parts/recommend/beam-tree.ts';
import type { ShownSearch } from '../parts/recommend/beam-tree.ts';
import '../parts/recommend/drawn-titles.ts';
import '../parts/recommend/recommend-customer.ts';
import '../parts/recommend/recommend-lists.ts';
import '../parts/recommend/recommend-models.ts';
import { LIVE_MODEL } from '../session/recommend-session.ts';
import { send } from '../state/events.ts';
import { resolved } from '../state/recommend-state.ts';
import { datasetFor, type AppState } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';
import { icon } from '../style/icons.ts';
import { introStyles } from '../style/intro-styles.ts';
import { sharedStyles } from '../style/shared-styles.ts';

/** What two models and their merge recommend to one customer, and why. */
export class MmRecommendView extends LitElement {
  static override readonly properties = { state: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    introStyles,
    css`
      :host {
        display: grid;
        gap: var(--mm-gap);
      }
      .intro {
        margin: 0;
      }
      mm-recommend-customer {
        margin-top: 14px;
        padding-top: 12px;
        border-top: 1px solid var(--mm-border);
      }
    `,
  ];

  declare state: AppState;
  /** What was asked for last: the same state asks once. */
  private asked = '';

  protected override updated(): void {
    const { document, session, recommend, run, probe } = this.state;
    if (session.status !== 'ready' || document.inspection?.ok !== true) return;
    const models = Object.values(run.jobs).filter(({ status, summary }) => {
      return summary.model !== null && (status === 'done' || status === 'cached');
    });
    const live = recommend.wanted.isLive ? probe.entry : null;
    const digest = datasetFor(this.state)?.digest;
    const key = JSON.stringify([document.text, digest, models.length, live]);
    if (key === this.asked) return;
    this.asked = key;
    send(this, { type: 'recommend', wanted: {} });
  }

  protected override render(): TemplateResult {
    const { problem } = this.state.recommend;
    const why = this.unasked();
    return html`<div class="intro">
        <h1>Recommend</h1>
        <p>
          One customer, and what each model would recommend next: the lists are those that the
          evaluation ranks.
        </p>
      </div>
      ${why === null ? this.asking() : html`<section class="card">${why}</section>`}
      ${problem === null ? nothing : html`<mm-problem .problem=${problem}></mm-problem>`}
      ${why === null ? html`${this.lists()} ${this.reasons()}` : nothing}`;
  }

  /** Why nobody can be asked. */
  private unasked(): TemplateResult | null {
    const { document, session } = this.state;
    if (session.status === 'failed') return empty('The engine is not running.');
    if (document.inspection?.ok !== false) return null;
    return empty(
      'The document has faults; nothing can be asked before they are corrected.',
      html`<a class="button" href="#/grid">Go to the document</a>`,
    );
  }

  private asking(): TemplateResult {
    const { recommend, probe, document } = this.state;
    const { wanted, choices } = recommend;
    const { domains } = outlineOf(document.text);
    const domain = domains.find((one) => one === wanted.domain) ?? domains[0] ?? '';
    const question = choices === null ? null : resolved(wanted, choices);
    return html`<section class="card" aria-label="Who is asked about whom">
      <mm-recommend-models
        .domains=${domains}
        .domain=${domain}
        .models=${choices?.models ?? []}
        .question=${question}
        .wanted=${wanted}
        ?hasLive=${probe.entry !== undefined}
      ></mm-recommend-models>
      <mm-recommend-customer
        .choices=${choices}
        .question=${question}
        .wanted=${wanted}
      ></mm-recommend-customer>
    </section>`;
  }

  private lists(): TemplateResult {
    const { recommend } = this.state;
    const { answers, isAsking, choices } = recommend;
    const columns = recommendColumns(recommend, this.live);
    const score = columns.find((column) => column.score !== null)?.score ?? null;
    return html`<section class="card" aria-labelledby="lists">
      <header>
        <h2 id="lists">What each would recommend next</h2>
        ${
          score === null
            ? nothing
            : html`<p>${score.title}: ${score.told} Models of seed ${choices?.seed ?? 0}.</p>`
        }
      </header>
      ${
        answers.length === 0
          ? this.nobody()
          : html`<mm-recommend-lists .columns=${columns} ?busy=${isAsking}></mm-recommend-lists>`
      }
    </section>`;
  }

  /** Why there is no list. */
  private nobody(): TemplateResult {
    const { recommend, run } = this.state;
    const { choices, answered, isAsking } = recommend;
    if (isAsking) return empty('Asking the models …');
    if (choices?.models.every(({ isReady }) => !isReady) === true) {
      if (isBusy(run)) {
        return empty('The first model is in training; its list comes when it is there.');
      }
      const way = html`<a class="button" href="#/grid">Train the grid first</a>`;
      return empty('No model is trained yet.', way);
    }
    const isTyped = (answered?.typed ?? null) !== null;
    return empty(
      isTyped ? 'The typed history has no title of this domain yet.' : 'Nobody is asked yet.',
    );
  }

  private get live(): string | null {
    const { recommend, probe } = this.state;
    return recommend.wanted.isLive && probe.entry !== undefined ? LIVE_MODEL : null;
  }

  /** The answers with a reason, in the order of the lists. */
  private reasons(): TemplateResult | typeof nothing {
    const { answers, answered, choices } = this.state.recommend;
    if (answered === null || choices === null) return nothing;
    const asked = [
      { place: 'first', model: answered.first },
      { place: 'merge', model: this.live ?? answered.merge },
      { place: 'second', model: answered.second },
    ] as const;
    const given = asked.flatMap(({ place, model }) => {
      const reason = answerOf(answers, model)?.reason ?? null;
      const name = model === LIVE_MODEL ? 'on the slider' : (model ?? '');
      return reason === null ? [] : { place, model: name, reason };
    });
    const drawn = given.flatMap(({ model, reason }) =>
      reason.shape === 'draws' ? { name: model, draws: reason.draws } : [],
    );
    const searches = given.flatMap(({ place, model, reason }): ShownSearch[] =>
      reason.shape === 'tree' ? [{ place, model, tree: reason.tree }] : [],
    );
    if (drawn.length > 0) {
      return card(
        'written',
        'What was written',
        'Titles that were sampled for this customer, and the items nearest to each.',
        html`<mm-drawn-titles .models=${drawn} .titles=${choices.titles}></mm-drawn-titles>`,
      );
    }
    if (searches.length === 0) return nothing;
    return card(
      'search',
      'How the search found them',
      'An item is a path of codes; at every level the likeliest prefixes go on.',
      html`<mm-beam-tree
        .searches=${searches}
        .titles=${choices.titles}
        .taken=${answered.taken}
      ></mm-beam-tree>`,
    );
  }
}

function empty(text: string, way?: TemplateResult): TemplateResult {
  return html`<div class="empty">
    ${icon('empty')}
    <p>${text}</p>
    ${way ?? nothing}
  </div>`;
}

function card(id: string, title: string, told: string, content: TemplateResult): TemplateResult {
  return html`<section class="card" aria-labelledby=${id}>
    <header>
      <h2 id=${id}>${title}</h2>
      <p>${told}</p>
    </header>
    ${content}
  </section>`;
}

define('mm-recommend-view', MmRecommendView);
