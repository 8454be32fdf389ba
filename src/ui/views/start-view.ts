import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../charts/define.ts';
import { html } from '../../charts/html.ts';
import { PACK_METHODS } from '../../lab/pack/pack-methods.ts';
import type { Pack } from '../../lab/pack/pack-schema.ts';
import {
  customerScene,
  keptPercent,
  readouts,
  sceneCurves,
  sharesText,
  topOf,
  type SceneCurve,
  type StartChoice,
} from '../figures/start-scene.ts';
import '../parts/problem-banner.ts';
import '../parts/start/start-balance.ts';
import '../parts/start/start-curve.ts';
import '../parts/start/start-customer.ts';
import '../parts/start/start-methods.ts';
import { MethodEvent } from '../parts/start/start-methods.ts';
import { ShareEvent } from '../parts/start/start-curve.ts';
import { demoPack } from '../session/demo-pack.ts';
import { send } from '../state/events.ts';
import { icon } from '../style/icons.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState, DocumentState } from '../state/state.ts';
import { problemOf, type Problem } from '../text/problem.ts';
import { startViewStyles } from './start-view-styles.ts';

/** Where the picture begins, at the middle share once there is a pack. */
const FIRST: StartChoice = { method: 'average', ownCodes: true, share: 0, shop: 0, customer: 0 };

/** One question, answered by touching it; painted from the prebaked pack alone. */
export class MmStartView extends LitElement {
  static override readonly properties = {
    document: { attribute: false },
    demo: { attribute: false },
    engine: { attribute: false },
    load: { attribute: false },
    pack: { state: true },
    problem: { state: true },
    choice: { state: true },
    shadow: { state: true },
    isAwaited: { state: true },
    ghost: { state: true },
  };
  static override readonly styles = [sharedStyles, startViewStyles];

  /** What the grid would run now. */
  declare document: Pick<DocumentState, 'text' | 'preset'> | null;
  /** The demo's document, as a preset. */
  declare demo: { readonly id: string; readonly text: string } | null;
  /** Whether a run can begin. */
  declare engine: AppState['session']['status'];
  /** Where the pack comes from. */
  declare load: () => Promise<Pack>;
  declare private pack: Pack | null;
  declare private problem: Problem | null;
  declare private choice: StartChoice;
  /** The curves of the method before, until the dot is moved. */
  declare private shadow: readonly SceneCurve[];
  declare private ghost: number | null;
  /** Training was asked for before the engine was up. */
  declare private isAwaited: boolean;
  private isMoving = false;

  constructor() {
    super();
    this.document = null;
    this.demo = null;
    this.engine = 'starting';
    this.isAwaited = false;
    this.load = demoPack;
    this.pack = null;
    this.problem = null;
    this.choice = FIRST;
    this.shadow = [];
    this.ghost = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.open();
  }

  protected override updated(): void {
    if (this.isAwaited && this.engine !== 'starting') this.train();
  }

  protected override render(): TemplateResult {
    const { pack, choice } = this;
    return html`<header>
        <div>
          <h1>Two shops, one model each. Can one model serve both?</h1>
          <p class="muted">Move the dot: one model is mixed from both. Nothing is trained again.</p>
        </div>
        <span class="chip" title=${pack === null ? '' : `Computed before, by ${pack.machine}`}
          >prebaked${
            pack === null ? ' …' : ` · seed ${String(pack.seed)} · engine ${pack.engine}`
          }</span
        >
      </header>
      ${this.problem === null ? nothing : html`<mm-problem .problem=${this.problem}></mm-problem>`}
      <div class="scene">
        <section class="card" aria-labelledby="curves">${this.curves(pack, choice)}</section>
        <div class="ways">
          ${this.codes(choice)}
          <mm-start-methods
            .methods=${PACK_METHODS}
            .chosen=${choice.method}
            @mm-method=${(event: Event) => {
              if (event instanceof MethodEvent) this.choose({ method: event.detail });
            }}
          ></mm-start-methods>
          ${this.trainHere()}
        </div>
        <section class="card customer" aria-labelledby="customer">
          ${this.customer(pack, choice)}
        </section>
      </div>`;
  }

  private curves(pack: Pack | null, choice: StartChoice): TemplateResult {
    const curves = pack === null ? [] : sceneCurves(pack, choice);
    const told = pack === null ? [] : readouts(pack, choice);
    const users = pack?.shops[0]?.users.toLocaleString('en') ?? '…';
    const kept = told.map(({ shop, value }, at) => {
      return `${keptPercent(value, curves[at]?.own ?? NaN)} of ${shop}’`;
    });
    return html`<header>
        <h2 id="curves">How well the mixed model serves each shop</h2>
      </header>
      <mm-start-balance .readouts=${told}></mm-start-balance>
      <mm-start-curve
        .curves=${curves}
        .shadow=${this.shadow}
        .shares=${pack?.shares ?? [0, 1]}
        .share=${choice.share}
        .ghost=${this.ghost}
        .top=${pack === null ? 50 : topOf(pack)}
        @mm-share=${(event: Event) => {
          if (event instanceof ShareEvent) this.move(event.detail.share, event.detail.isEnd);
        }}
      ></mm-start-curve>
      <p class="told kept">
        ${
          kept.length === 0
            ? nothing
            : html`<strong>One model keeps ${kept.join(' and ')} own recall.</strong>`
        }
      </p>
      <p class="fine muted">
        Recall@10: how many of ${users} test customers a shop find what they took next among ten
        titles; ± and bands: 95 % interval. Dotted: counting pairs of items, without a model.
      </p>`;
  }

  private customer(pack: Pack | null, choice: StartChoice): TemplateResult {
    const shops = pack?.shops.map(({ name }) => name) ?? [];
    const scene = pack === null ? null : customerScene(pack, choice);
    const count = pack?.shops[choice.shop]?.customers.length ?? 1;
    return html`<header>
        <h2 id="customer">One customer of</h2>
        <span class="shops" role="group" aria-label="Shop">
          ${shops.map(
            (name, shop) =>
              html`<button
                class=${shop === 0 ? 'first' : 'second'}
                aria-pressed=${shop === choice.shop ? 'true' : 'false'}
                @click=${() => {
                  this.choice = { ...this.choice, shop, customer: 0 };
                }}
              >
                ${name}
              </button>`,
          )}
        </span>
        <button
          class="quiet another"
          @click=${() => {
            this.choice = { ...this.choice, customer: (choice.customer + 1) % count };
          }}
        >
          Another customer
          <span class="number">${choice.customer + 1}/${count}</span>
        </button>
      </header>
      <mm-start-customer
        .scene=${scene}
        .shops=${shops}
        .shares=${sharesText(pack?.shares[choice.share] ?? 0)}
      ></mm-start-customer>
      <p class="told">
        ${
          scene === null
            ? nothing
            : html`<span class="taken">${icon('done')} <strong>${scene.taken}</strong></span> is
                what this customer took next. The other shop’s model never saw these items: its
                codes mean other things.`
        }
      </p>
      <p class="fine muted">
        The first ${scene === null ? '…' : count} customers of the test; those whom the shop’s own
        model served come first.
      </p>`;
  }

  private codes({ ownCodes }: StartChoice): TemplateResult {
    return html`<label class="card codes">
      <input
        type="checkbox"
        role="switch"
        .checked=${ownCodes}
        @change=${(event: Event) => {
          if (!(event.target instanceof HTMLInputElement)) return;
          this.choose({ ownCodes: event.target.checked });
        }}
      />
      <span
        ><strong>Each shop keeps its own codes</strong>
        <span class="muted">A code names an item: another one in each shop</span></span
      >
    </label>`;
  }

  private trainHere(): TemplateResult {
    const isDemo = this.demo === null || this.document?.text === this.demo.text;
    return html`<div class="train">
      <button class="primary large" @click=${this.train}>${icon('play')} Train it here</button>
      <span class="small muted"
        >${
          this.isAwaited
            ? 'Begins as soon as the engine is up.'
            : isDemo
              ? 'Is that real? Both models, in this tab.'
              : 'Puts the demo in the place of your document.'
        }</span
      >
    </div>`;
  }

  private readonly train = (): void => {
    this.isAwaited = this.engine === 'starting';
    if (this.isAwaited) return;
    const { demo } = this;
    if (demo !== null && this.document?.text !== demo.text) {
      send(this, { type: 'edit', text: demo.text, preset: demo.id });
    }
    location.hash = '#/grid';
    send(this, { type: 'run', fresh: true });
  };

  private async open(): Promise<void> {
    if (this.pack !== null) return;
    try {
      const pack = await this.load();
      this.pack = pack;
      this.choice = { ...this.choice, share: Math.floor(pack.shares.length / 2) };
      this.problem = null;
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  /** Another method or switch: the curves that were there stay as a shadow. */
  private choose(what: Partial<StartChoice>): void {
    this.shadow = this.pack === null ? [] : sceneCurves(this.pack, this.choice);
    this.ghost = null;
    this.choice = { ...this.choice, ...what };
  }

  /** The ghost stays where the dot was when it was taken up. */
  private move(share: number, isEnd: boolean): void {
    if (!this.isMoving && share !== this.choice.share) {
      this.isMoving = true;
      this.ghost = this.choice.share;
      this.shadow = [];
    }
    this.choice = { ...this.choice, share };
    if (isEnd) this.isMoving = false;
  }
}

define('mm-start-view', MmStartView);
