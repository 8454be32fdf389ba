import { css, LitElement, nothing, type TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { define } from '../../../charts/define.ts';
import { saveFile } from '../../../charts/save-file.ts';
import '../../../charts/search-chart.ts';
import type { SearchPoint, TrialEvent } from '../../../charts/search-chart.ts';
import type { SearchTrial } from '../../../lab/results/artefacts.ts';
import { metricName } from '../../../lab/results/result-metrics.ts';
import { trialsCsv, type SearchResult } from '../../../lab/work/search-rows.ts';
import { bestTrial } from '../../../lab/merging/best-trial.ts';
import { sharedStyles } from '../../style/shared-styles.ts';

/** A trial that was chosen: the search's shown name and the parameters of its merge. */
export class TrialChoiceEvent extends CustomEvent<{
  readonly search: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}> {}

/** The searches of the experiment: charts that grow with the run, and their best trials. */
export class MmSearchPanel extends LitElement {
  static override readonly properties = { results: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      section {
        display: grid;
        gap: 8px;
      }
      section + section {
        margin-top: 20px;
      }
    `,
  ];

  declare results: readonly SearchResult[];

  constructor() {
    super();
    this.results = [];
  }

  protected override render(): TemplateResult {
    return html`${this.results.map((result) => this.search(result))}
      <div class="row">
        <button
          class="quiet"
          @click=${() => {
            saveFile('trials.csv', trialsCsv(this.results), 'text/csv');
          }}
        >
          Save all trials (CSV)
        </button>
      </div>`;
  }

  private search({ search, trials }: SearchResult): TemplateResult {
    const { name, seed, keys, objective, split, method } = search;
    const best = bestTrial(trials);
    const chosen = trials[best];
    const other = split === 'test' ? 'validation' : 'test';
    const unit = metricName(objective.metric, objective.k);
    const domains = [
      ...new Set(trials.flatMap(({ values }) => values.map(({ domain }) => domain))),
    ];
    const points = searchPoints(trials, keys, split, objective.domains === 'pareto');
    return html`<section aria-label="Search ${name}">
      <h3>${name} <span class="muted">${method}, seed ${seed}, ${trials.length} trials</span></h3>
      ${
        chosen === undefined
          ? nothing
          : html`<p>
              Best on ${split}: <strong>${chosen.score.toFixed(2)}</strong> at
              <code>${pointText(chosen)}</code>${otherText(chosen, other)}
            </p>`
      }
      <mm-search-chart
        .points=${points}
        .best=${best}
        .unit=${unit}
        .axis=${keys.length === 1 ? (keys[0] ?? 'trial') : 'trial'}
        .windows=${[split, other]}
        .domains=${domains}
        @trial=${(event: TrialEvent) => {
          const trial = trials[event.detail];
          if (trial === undefined) return;
          const detail = { search: name, parameters: trial.parameters };
          this.dispatchEvent(new TrialChoiceEvent('choose-trial', { detail }));
        }}
      ></mm-search-chart>
    </section>`;
  }
}

/** Trials as the chart draws them. */
function searchPoints(
  trials: readonly SearchTrial[],
  keys: readonly string[],
  split: 'validation' | 'test',
  wantsFront: boolean,
): SearchPoint[] {
  const [key] = keys;
  const byDomain = trials.map(({ values }) =>
    values.filter((one) => one.split === split).map(({ value }) => value),
  );
  return trials.map((trial, index) => {
    const others = trial.values.filter((one) => one.split !== split).map(({ value }) => value);
    const own = byDomain[index] ?? [];
    const isBeaten = byDomain.some(
      (rival, at) =>
        at !== index &&
        rival.every((value, axis) => value >= (own[axis] ?? 0)) &&
        (at < index || rival.some((value, axis) => value > (own[axis] ?? 0))),
    );
    return {
      score: trial.score,
      other: others.length === 0 ? null : mean(others),
      byDomain: own,
      x: keys.length === 1 && key !== undefined ? (trial.point[key] ?? index) : index + 1,
      label: pointText(trial),
      isOnFront: wantsFront && !isBeaten,
    };
  });
}

function pointText({ point }: SearchTrial): string {
  return Object.entries(point)
    .map(([key, value]) => `${key} ${String(Number(value.toPrecision(4)))}`)
    .join(', ');
}

function otherText({ values }: SearchTrial, split: 'validation' | 'test'): string {
  const own = values.filter((one) => one.split === split).map(({ value }) => value);
  return own.length === 0 ? '' : `; ${split} there: ${mean(own).toFixed(2)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

define('mm-search-panel', MmSearchPanel);
