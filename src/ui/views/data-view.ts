import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import '../../charts/timeline.ts';
import type { TimelinePeriod } from '../../charts/timeline.ts';
import { define } from '../../charts/define.ts';
import type { ContextStatistics } from '../../../workers/lab/api.ts';
import { withValue } from '../document/document-edit.ts';
import type { DocumentPath } from '../document/document-edit.ts';
import { outlineOf } from '../document/document-outline.ts';
import type { DocumentOutline, OutlinePeriod } from '../document/document-outline.ts';
import { cumulativeFigure } from '../figures/cumulative-figure.ts';
import { sendEdit } from '../state/events.ts';
import { formatCount, formatDay, formatShare } from '../text/format.ts';
import { icon } from '../style/icons.ts';
import '../parts/analysis-figure.ts';
import '../parts/base/base-card.ts';
import '../parts/document-editor.ts';
import type { EditorPreset } from '../parts/document-editor.ts';
import '../parts/settings/settings-form.ts';
import '../parts/source-card.ts';
import { introStyles } from '../style/intro-styles.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { isBusy } from '../state/run-phase.ts';
import type { AppState } from '../state/state.ts';

/** What the models learn from: source, periods, statistics per context, leakage check. */
export class MmDataView extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    presets: { attribute: false },
  };
  static override readonly styles = [
    sharedStyles,
    introStyles,
    css`
      .layout {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(300px, 400px);
        gap: var(--mm-gap);
        align-items: start;
      }
      .dates {
        display: grid;
        grid-template-columns: minmax(70px, max-content) repeat(2, minmax(120px, 170px));
        gap: 8px 12px;
        align-items: center;
        margin-top: 14px;
      }
      .dates b {
        font-weight: 550;
        overflow-wrap: anywhere;
      }
      .dates .head {
        color: var(--mm-muted);
        font-size: 0.9em;
      }
      details {
        margin-top: 12px;
      }
      summary {
        cursor: pointer;
        color: var(--mm-accent);
        font-weight: 550;
        width: max-content;
        padding-block: 4px;
      }
      tbody + tbody tr:first-child > * {
        border-top: 1px solid var(--mm-border-strong);
      }
      tr.test td,
      tr.test th {
        background: var(--mm-sunken);
      }
      .check {
        margin-top: 12px;
      }
      @media (max-width: 960px) {
        .layout {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  declare state: AppState;
  declare presets: readonly EditorPreset[];

  constructor() {
    super();
    this.presets = [];
  }

  protected override render(): TemplateResult {
    const outline = outlineOf(this.state.document.text);
    return html`
      <div class="intro">
        <h1>Data and contexts</h1>
        <p>
          A context is a domain in a period. Stages are half-open and in UTC; the test window comes
          after all of them and holds one target per user.
        </p>
      </div>
      <div class="layout">
        <div class="stack">
          <section class="card" aria-labelledby="source">
            <header><h2 id="source">Source</h2></header>
            <mm-source .state=${this.state}></mm-source>
          </section>
          <section class="card" aria-labelledby="base">
            <header><h2 id="base">Start of the cells</h2></header>
            <mm-base .state=${this.state}></mm-base>
          </section>
          ${this.periodCard(outline)}
          <section class="card" aria-labelledby="settings">
            <header><h2 id="settings">Settings</h2></header>
            <mm-settings .state=${this.state}></mm-settings>
          </section>
          ${this.statisticsCard()} ${this.cumulativeCard()}
        </div>
        <section class="card" aria-labelledby="document">
          <header><h2 id="document">Experiment</h2></header>
          <mm-document .state=${this.state} .presets=${this.presets} .rows=${30}></mm-document>
        </section>
      </div>
    `;
  }

  private periodCard(outline: DocumentOutline): TemplateResult {
    const contexts = this.contexts();
    const total = (index: number): number | null =>
      contexts.length === 0
        ? null
        : contexts.reduce((sum, one) => sum + (one.periods[index]?.interactions ?? 0), 0);
    const periods = [
      ...outline.stages.map((stage, index): TimelinePeriod => ({
        ...stage,
        isTest: false,
        interactions: total(index),
      })),
      ...(outline.test === null
        ? []
        : [{ ...outline.test, isTest: true, interactions: total(outline.stages.length) }]),
    ];
    return html`<section class="card" aria-labelledby="periods">
      <header>
        <h2 id="periods">Stages and test window</h2>
        <p>all domains together</p>
      </header>
      ${
        periods.length === 0
          ? html`<p class="muted">The document names no stages.</p>`
          : html`<mm-timeline .periods=${periods}></mm-timeline>
              <details>
                <summary>Change dates</summary>
                <div class="dates">
                  <span class="head">Period</span><span class="head">from</span>
                  <span class="head">to, exclusive</span>
                  ${outline.stages.map((stage, index) =>
                    this.dateRow(stage, ['contexts', 'stages', index]),
                  )}
                  ${outline.test === null ? nothing : this.dateRow(outline.test, ['contexts', 'test'])}
                </div>
              </details>`
      }
    </section>`;
  }

  private dateRow(period: OutlinePeriod, path: DocumentPath): TemplateResult {
    const field = (end: 'start' | 'end', timeMs: number): TemplateResult =>
      html`<input
        type="date"
        aria-label="${period.name}, ${end === 'start' ? 'from' : 'to, exclusive'}"
        ?disabled=${isBusy(this.state.run)}
        .value=${Number.isFinite(timeMs) ? formatDay(timeMs) : ''}
        @change=${(event: Event) => {
          const value = event.target instanceof HTMLInputElement ? event.target.value : '';
          if (value === '') return;
          sendEdit(this, () => withValue(this.state.document.text, [...path, end], value));
        }}
      />`;
    return html`<b>${period.name}</b
      >${field('start', period.startMs)}${field('end', period.endMs)}`;
  }

  private statisticsCard(): TemplateResult {
    const contexts = this.contexts();
    const { inspection } = this.state.document;
    return html`<section class="card" aria-labelledby="statistics">
      <header>
        <h2 id="statistics">Statistics per context</h2>
        <p>after filtering</p>
      </header>
      ${
        contexts.length === 0
          ? html`<div class="empty">
              ${icon('empty')}
              <p>
                ${
                  inspection === null
                    ? 'The data are being counted.'
                    : inspection.ok
                      ? 'No statistics yet: the document reads files, and none are given.'
                      : 'No statistics: the document has faults or its data are unfit.'
                }
              </p>
            </div>`
          : html`<div class="scroll" tabindex="0" role="region" aria-label="Table of statistics">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Domain</th>
                      <th scope="col">Period</th>
                      <th scope="col" class="num">Interactions</th>
                      <th scope="col" class="num">Users</th>
                      <th scope="col" class="num">Items</th>
                      <th scope="col" class="num">Targets</th>
                      <th scope="col" class="num">On new items</th>
                    </tr>
                  </thead>
                  ${contexts.map((context) => domainRows(context))}
                </table>
              </div>
              ${inspection?.ok === true ? leakLine(inspection.leaks) : nothing}`
      }
    </section>`;
  }

  private cumulativeCard(): TemplateResult | typeof nothing {
    const figure = cumulativeFigure(this.contexts());
    return figure === null
      ? nothing
      : html`<mm-analysis-figure .figure=${figure} .fileName=${'data'}></mm-analysis-figure>`;
  }

  private contexts(): readonly ContextStatistics[] {
    const { inspection } = this.state.document;
    return inspection?.ok === true ? inspection.contexts : [];
  }
}

function domainRows(context: ContextStatistics): TemplateResult {
  return html`<tbody>
    <tr>
      <th scope="rowgroup" rowspan=${context.periods.length + 1}>${context.domain}</th>
      <td>all periods</td>
      <td class="num">${formatCount(context.interactions)}</td>
      <td class="num">${formatCount(context.users)}</td>
      <td class="num">${formatCount(context.items)}</td>
      <td class="num muted">–</td>
      <td class="num muted">–</td>
    </tr>
    ${context.periods.map(
      (period, index) =>
        html`<tr class=${index === context.periods.length - 1 ? 'test' : ''}>
          <td>${period.name}</td>
          <td class="num">${formatCount(period.interactions)}</td>
          <td class="num">${formatCount(period.users)}</td>
          <td class="num">${formatCount(period.items)}</td>
          <td class="num">${formatCount(period.samples)}</td>
          <td class="num">${formatShare(period.newItemShare)}</td>
        </tr>`,
    )}
  </tbody>`;
}

function leakLine(leaks: number): TemplateResult {
  return leaks === 0
    ? html`<p class="line ok check">
        ${icon('done')} Leakage check: 0 interactions of the future in training data
      </p>`
    : html`<p class="line bad check">
        ${icon('failed')} Leakage check: ${formatCount(leaks)} interactions of the future in
        training data
      </p>`;
}

define('mm-data-view', MmDataView);
