import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import { RandomStream } from '../../../core/rng.ts';
import type { RecommendChoices } from '../../../lab/run/recommendations.ts';
import { send } from '../../state/events.ts';
import {
  namesOf,
  type RecommendWanted,
  type ResolvedQuestion,
} from '../../state/recommend-state.ts';
import { icon } from '../../style/icons.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { formatCount } from '../../text/format.ts';
import './history-editor.ts';
import { HistoryEvent } from './history-editor.ts';

/** Whom the lists are for: one of the test's customers, a drawn one, or a typed history. */
export class MmRecommendCustomer extends LitElement {
  static override readonly properties = {
    choices: { attribute: false },
    question: { attribute: false },
    wanted: { attribute: false },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .history {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        list-style: none;
        margin-top: 8px;
      }
      .history li {
        padding: 3px 9px;
        border-radius: var(--mm-radius-small);
        background: var(--mm-sunken);
        font-size: 0.92em;
        overflow-wrap: anywhere;
      }
      .taken {
        margin-top: 8px;
      }
      .taken strong {
        color: var(--mm-ok);
      }
      label.row {
        flex-wrap: nowrap;
      }
      select {
        width: min(100%, 300px);
      }
      mm-history-editor {
        margin-top: 10px;
      }
    `,
  ];

  declare choices: RecommendChoices | null;
  declare question: ResolvedQuestion | null;
  declare wanted: RecommendWanted;

  constructor() {
    super();
    this.choices = null;
    this.question = null;
  }

  protected override render(): TemplateResult {
    const { choices, question, wanted } = this;
    if (choices === null) return html`<p class="muted">Looking for customers …</p>`;
    const isTyped = 'typed' in wanted.customer && choices.longest !== null;
    return html`<div class="row">
        ${isTyped ? nothing : this.pick(choices)}
        <button
          @click=${() => {
            this.sample(choices);
          }}
        >
          Draw a customer <span class="muted number">seed ${wanted.sampleSeed}</span>
        </button>
        ${
          choices.longest === null
            ? html`<span class="small muted"
                >Click models score what a customer was shown: nothing can be typed.</span
              >`
            : html`<button
                aria-pressed=${isTyped ? 'true' : 'false'}
                @click=${() => {
                  this.want({
                    customer: isTyped ? { place: 0 } : { typed: this.asTyped(choices) },
                  });
                }}
              >
                ${isTyped ? 'Back to the customers' : 'Type a history'}
              </button>`
        }
      </div>
      ${isTyped ? this.editor(choices) : this.history(choices, question)}`;
  }

  private pick({ customers, outOf }: RecommendChoices): TemplateResult {
    const { customer } = this.wanted;
    const place = 'place' in customer && customer.place < customers.length ? customer.place : 0;
    const more =
      outOf > customers.length ? ` The first ${formatCount(customers.length)} of them.` : '';
    return html`<label class="row small" title="Test customers in the order of the test.${more}"
      >Customer
      <select
        @change=${(event: Event) => {
          if (!(event.target instanceof HTMLSelectElement)) return;
          this.want({ customer: { place: Number(event.target.value) } });
        }}
      >
        ${customers.map(
          ({ id }, at) =>
            html`<option value=${at} .selected=${at === place}>
              ${at + 1} of ${formatCount(outOf)}: ${id}
            </option>`,
        )}
      </select></label
    >`;
  }

  private history({ titles }: RecommendChoices, question: ResolvedQuestion | null) {
    if (question === null) return nothing;
    const taken = question.taken.map((item) => titles[item] ?? '').join(', ');
    return html`<ul class="history" aria-label="What the models read, the newest last">
        ${question.history.map((item) => html`<li>${titles[item] ?? ''}</li>`)}
      </ul>
      ${
        taken === ''
          ? nothing
          : html`<p class="taken small">
              ${icon('done')} Taken next, which no model saw: <strong>${taken}</strong>
            </p>`
      }`;
  }

  private editor({ titles, longest }: RecommendChoices): TemplateResult {
    const { customer } = this.wanted;
    return html`<mm-history-editor
      .typed=${'typed' in customer ? customer.typed : []}
      .names=${namesOf(titles)}
      .history=${this.question?.typed ?? null}
      .longest=${longest ?? 0}
      @mm-history=${(event: Event) => {
        if (event instanceof HistoryEvent) this.want({ customer: { typed: event.detail } });
      }}
    ></mm-history-editor>`;
  }

  /** Whom was looked at is what the typing begins with. */
  private asTyped({ titles }: RecommendChoices): readonly string[] {
    const names = namesOf(titles);
    return (this.question?.history ?? []).map((item) => names[item] ?? '');
  }

  /** The same seed draws the same customer. */
  private sample({ customers, domain }: RecommendChoices): void {
    const { sampleSeed } = this.wanted;
    const place = new RandomStream(sampleSeed, `recommend/${domain}`).nextInt(customers.length);
    this.want({ customer: { place }, sampleSeed: sampleSeed + 1 });
  }

  private want(wanted: Partial<RecommendWanted>): void {
    send(this, { type: 'recommend', wanted });
  }
}

define('mm-recommend-customer', MmRecommendCustomer);
