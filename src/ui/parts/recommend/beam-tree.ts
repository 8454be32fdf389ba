import { css, LitElement, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { BeamTree } from '../../../rec/semantic-ids/beam-tree.ts';
import { allOpen, beamRows, waysToFirst, type BeamRow } from '../../figures/beam-rows.ts';
import { chanceText, type RecommendColumn } from '../../figures/recommend-scene.ts';
import { icon } from '../../style/icons.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { beamTable } from './beam-table.ts';
import { beamTreeStyles } from './beam-tree-styles.ts';

/** A model's search; null where it is not there yet. */
export interface ShownSearch {
  readonly place: RecommendColumn['place'];
  readonly model: string;
  readonly tree: BeamTree | null;
}

/** Searches of several models over the same ids, level by level, with what they kept, let go and cut. */
export class MmBeamTree extends LitElement {
  static override readonly properties = {
    searches: { attribute: false },
    titles: { attribute: false },
    taken: { attribute: false },
    open: { state: true },
    active: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      :host {
        container-type: inline-size;
      }
    `,
    beamTreeStyles,
  ];

  declare searches: readonly ShownSearch[];
  /** By item. */
  declare titles: readonly string[];
  /** Items that were taken next. */
  declare taken: readonly number[];
  /** Keys of the prefixes that are unfolded; null: the ways to the first answers. */
  declare private open: ReadonlySet<string> | null;
  /** The line that the arrow keys start from. */
  declare private active: string;

  constructor() {
    super();
    this.searches = [];
    this.titles = [];
    this.taken = [];
    this.open = null;
    this.active = '';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Other models or another customer: the ways to their first answers are others.
    if (changed.has('searches') && this.open !== null) {
      const before = changed.get('searches') ?? [];
      const isOther = before.map(({ model }) => model).join() !== this.names.join();
      if (isOther) this.open = null;
    }
  }

  protected override render(): TemplateResult {
    const rows = this.rows();
    const active = rows.some(({ key }) => key === this.active) ? this.active : rows[0]?.key;
    const models = String(this.searches.length);
    return html`<div class="head" style="--models: ${models}" aria-hidden="true">
        <span class="name">Prefix</span>
        ${this.searches.map(({ model }) => html`<span>${model}</span>`)}
        <span class="items">Items under it</span>
      </div>
      <div
        class="tree"
        role="tree"
        aria-label="Beam search, level by level"
        style="--models: ${models}"
        @keydown=${(event: KeyboardEvent) => {
          this.onKey(event, rows);
        }}
      >
        ${rows.map((row) => this.line(row, row.key === active))}
      </div>
      ${this.rule()}
      <details>
        <summary>As a table</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="Table of the beam search">
          ${beamTable(
            beamRows(this.trees, allOpen(this.trees)),
            this.searches.map(({ model }) => model),
            this.titles,
          )}
        </div>
      </details>`;
  }

  private get trees(): (BeamTree | null)[] {
    return this.searches.map(({ tree }) => tree);
  }

  private get names(): string[] {
    return this.searches.map(({ model }) => model);
  }

  private rows(): readonly BeamRow[] {
    return beamRows(this.trees, this.open ?? waysToFirst(this.trees));
  }

  private line(row: BeamRow, isActive: boolean): TemplateResult {
    const { key, kind, name, level, cells, items, examples, isOpen, place, of } = row;
    const isTaken = isOpen === null && examples.some((item) => this.taken.includes(item));
    const classes = `line ${kind} ${isOpen === null ? '' : 'opens'} ${isTaken ? 'taken' : ''}`;
    return html`<div
      class=${classes}
      role="treeitem"
      data-key=${key}
      tabindex=${isActive ? 0 : -1}
      aria-level=${level}
      aria-posinset=${place}
      aria-setsize=${of}
      aria-expanded=${isOpen === null ? nothing : String(isOpen)}
      aria-selected=${isActive ? 'true' : 'false'}
      style="--level: ${String(level)}"
      @click=${() => {
        this.active = key;
        if (isOpen !== null) this.fold(key, !isOpen);
      }}
    >
      <span class="name"
        ><span class="fold" aria-hidden="true"
          >${kind === 'cut' ? icon('close') : isOpen === null ? '' : isOpen ? '▾' : '▸'}</span
        >${kind === 'kept' ? html`<span class="code">${name}</span>` : html`<span>${name}</span>`}
      </span>
      ${cells.map((cell, at) => {
        const search = this.searches[at];
        if (cell === null) {
          const told = search?.tree === null ? 'not there' : 'let go';
          return html`<span class="p gone"><span></span><span>${told}</span></span>`;
        }
        const whole = Number.isNaN(cell.logP) ? '' : `, log p ${cell.logP.toFixed(3)}`;
        const width = `${(100 * cell.p).toFixed(2)}%`;
        return html`<span class="p ${search?.place ?? ''}" title="${search?.model ?? ''}${whole}">
          <span
            ><span class="visually-hidden">${search?.model ?? ''} </span>${chanceText(cell.p)}</span
          >
          <span class="bar" aria-hidden="true"><span style="width: ${width}"></span></span>
        </span>`;
      })}
      <span class="items">${this.under(row, items, examples)}</span>
    </div>`;
  }

  private under({ kind, level }: BeamRow, items: number, examples: readonly number[]) {
    if (kind === 'more') return html`${String(items)} items under them`;
    if (kind === 'cut') return html`no item has them here: cut`;
    if (kind === 'left') {
      return html`let go by the search, ${String(items)} ${items === 1 ? 'item' : 'items'}`;
    }
    const names = examples.map((item) => this.titles[item] ?? '').join(', ');
    const levels = this.trees.find((tree) => tree !== null)?.levels ?? 0;
    if (level === levels) return html`${names}`;
    const more = items > examples.length ? ', …' : '';
    return html`<span class="muted">${String(items)}:</span> ${names}${more}`;
  }

  /** What becomes of the probability of codes without an item. */
  private rule(): TemplateResult | typeof nothing {
    const tree = this.trees.find((one) => one !== null);
    if (tree === undefined || tree === null) return nothing;
    const cut = tree.isRenormalised
      ? 'Cut codes belong to no item after this prefix; their part of all codes of the level is shown, and the search shares it out among the others.'
      : 'Cut codes belong to no item after this prefix. A model that was trained on the tree has none.';
    return html`<p class="muted small">
      Each bar: the probability of a code after its prefix. ${cut}
    </p>`;
  }

  private fold(key: string, isOpen: boolean): void {
    const open = new Set(this.open ?? waysToFirst(this.trees));
    if (isOpen) open.add(key);
    else open.delete(key);
    this.open = open;
  }

  /** The keys of a tree: lines up and down, in and out. */
  private onKey(event: KeyboardEvent, rows: readonly BeamRow[]): void {
    const at = Math.max(
      0,
      rows.findIndex(({ key }) => key === this.active),
    );
    const row = rows[at];
    if (row === undefined) return;
    const parent = rows.findLast((one, place) => place < at && one.level < row.level);
    switch (event.key) {
      case 'ArrowDown':
        this.focusOn(rows[at + 1]);
        break;
      case 'ArrowUp':
        this.focusOn(rows[at - 1]);
        break;
      case 'ArrowRight':
        if (row.isOpen === false) this.fold(row.key, true);
        else if (row.isOpen === true) this.focusOn(rows[at + 1]);
        break;
      case 'ArrowLeft':
        if (row.isOpen === true) this.fold(row.key, false);
        else this.focusOn(parent);
        break;
      case 'Home':
        this.focusOn(rows[0]);
        break;
      case 'End':
        this.focusOn(rows.at(-1));
        break;
      case 'Enter':
      case ' ':
        if (row.isOpen !== null) this.fold(row.key, !row.isOpen);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private focusOn(row: BeamRow | undefined): void {
    if (row === undefined) return;
    this.active = row.key;
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')?.focus();
    });
  }
}

define('mm-beam-tree', MmBeamTree);
