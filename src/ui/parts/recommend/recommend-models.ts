import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { AskableModel } from '../../../lab/run/recommendations.ts';
import { send } from '../../state/events.ts';
import type { RecommendWanted, ResolvedQuestion } from '../../state/recommend-state.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { namedOptions, select, type Option } from '../form-fields.ts';

/** Of the list of merges. */
const NONE = '';
const LIVE = 'live';
/** Names of models may be any text. */
const NAMED = 'named ';

/** Which shop and which models are asked. */
export class MmRecommendModels extends LitElement {
  static override readonly properties = {
    domains: { attribute: false },
    domain: { attribute: false },
    models: { attribute: false },
    question: { attribute: false },
    wanted: { attribute: false },
    hasLive: { type: Boolean },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .choices {
        display: grid;
        grid-template-columns: minmax(110px, 0.7fr) repeat(3, minmax(0, 1fr)) auto;
        gap: 10px 12px;
        align-items: end;
      }
      select {
        width: 100%;
      }
      .first label {
        color: var(--mm-series-1);
      }
      .merge label {
        color: var(--mm-merged);
      }
      .second label {
        color: var(--mm-series-2);
      }
      @media (max-width: 860px) {
        .choices {
          grid-template-columns: 1fr 1fr;
        }
      }
    `,
  ];

  declare domains: readonly string[];
  declare domain: string;
  declare models: readonly AskableModel[];
  declare question: ResolvedQuestion | null;
  declare wanted: RecommendWanted;
  /** Whether a merge lies under the sliders. */
  declare hasLive: boolean;

  constructor() {
    super();
    this.domains = [];
    this.domain = '';
    this.models = [];
    this.question = null;
    this.hasLive = false;
  }

  protected override render(): TemplateResult {
    const { question, wanted } = this;
    const between = this.models.filter(({ role }) => role === 'merge');
    const merges: Option[] = [
      { id: NONE, title: 'no merge' },
      ...(this.hasLive ? [{ id: LIVE, title: 'on the slider, as it is now' }] : []),
      ...between.map((model) => ({ id: NAMED + model.name, title: titleOf(model) })),
    ];
    const merge = question?.merge ?? null;
    const chosen = wanted.isLive && this.hasLive ? LIVE : merge === null ? NONE : NAMED + merge;
    return html`<div class="choices">
      <div class="field">
        <label for="domain">Customers of</label>
        ${select('domain', namedOptions(this.domains), this.domain, (domain) => {
          // Customers of another domain are others.
          this.want({ domain, customer: { place: 0 } });
        })}
      </div>
      ${this.model('first', 'Model A', question?.first ?? '')}
      <div class="field merge">
        <label for="merge">Merge</label>
        ${select('merge', merges, chosen, (id) => {
          // Its parents stand beside it.
          const ends = { first: null, second: null };
          if (id === LIVE) this.want({ isLive: true });
          else if (id === NONE) this.want({ isLive: false, merge: '' });
          else this.want({ isLive: false, merge: id.slice(NAMED.length), ...ends });
        })}
      </div>
      ${this.model('second', 'Model B', question?.second ?? '')}
      <button
        title="What moved is told against model A"
        @click=${() => {
          this.want({ first: question?.second ?? null, second: question?.first ?? null });
        }}
      >
        Swap A and B
      </button>
    </div>`;
  }

  private model(place: 'first' | 'second', label: string, current: string): TemplateResult {
    const options = this.models.map((model) => ({ id: model.name, title: titleOf(model) }));
    const all = current === '' ? [{ id: '', title: 'none' }, ...options] : options;
    return html`<div class="field ${place}">
      <label for=${place}>${label}</label>
      ${select(place, all, current, (name) => {
        this.want({ [place]: name });
      })}
    </div>`;
  }

  private want(wanted: Partial<RecommendWanted>): void {
    send(this, { type: 'recommend', wanted });
  }
}

function titleOf({ name, isReady }: AskableModel): string {
  return isReady ? name : `${name} (not trained yet)`;
}

define('mm-recommend-models', MmRecommendModels);
