import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import type { MetricAt } from '../../../lab/results/result-metrics.ts';
import type { MergeEntry } from '../../document/document-edit.ts';
import { outlineOf } from '../../document/document-outline.ts';
import {
  cellsKey,
  SWEEP,
  sweepKey,
  sweptMerge,
  weightOf,
  type SweptMerge,
} from '../../document/weight-sweep.ts';
import type { AnalysisFigure } from '../../figures/analysis-figure.ts';
import { probeCurveFigure } from '../../figures/weight-curve-figures.ts';
import { weightResultFigure, type MeanMethods } from '../../figures/weight-result-figures.ts';
import { gridOf, seedsOf } from '../../state/selectors.ts';
import type { AppState } from '../../state/state.ts';
import type { WeightCurve } from '../../state/weight-curve.ts';
import '../analysis-figure.ts';

/** Whether the curve on the page is not that on which this merge lies, or was broken off. */
export function needsCurve(state: AppState, entry: MergeEntry): boolean {
  const { shown, isRunning } = state.curves;
  const merge = sweptMerge(entry);
  if (merge === null || shown === null) return merge !== null || shown !== null;
  const isWhole = isRunning || shown.points.length === SWEEP.length;
  return !isWhole || !isOn(state, shown, merge);
}

function isOn(state: AppState, { key, cells }: WeightCurve, merge: SweptMerge): boolean {
  return key === sweepKey(merge) && cells === cellsKey(state.document.text);
}

/** The curve that the sliders move on, or why there is none. */
export function liveCurve(state: AppState): TemplateResult | typeof nothing {
  const { curves, document, probe } = state;
  const { restores } = outlineOf(document.text);
  if (curves.shown !== null && curves.shown.cells !== cellsKey(document.text)) return nothing;
  const { entry, result } = probe;
  const merge = entry === undefined ? null : sweptMerge(entry);
  const weight = entry === undefined ? null : weightOf(entry);
  const isPlaced = merge !== null && curves.shown !== null && isOn(state, curves.shown, merge);
  const place = isPlaced && weight !== null && result !== null ? { weight, result } : null;
  const figure = probeCurveFigure(curves, place, restores);
  if (figure !== null) return shownFigure(figure, 'live');
  if (curves.problem !== null && probe.problem === null) {
    const { message, hint } = curves.problem;
    return html`<p class="bad small" role="status">${message} ${hint}</p>`;
  }
  if (result === null || curves.isRunning || merge !== null) return nothing;
  return html`<p class="muted small">
    A curve over the weight is drawn of two models with a weight each, as of “Weight averaging”.
  </p>`;
}

/** Evaluated merges of the document as a curve over the weight. */
export function resultCurve(
  state: AppState,
  shown: MetricAt,
  means: MeanMethods,
): TemplateResult | typeof nothing {
  const { merges, restores } = outlineOf(state.document.text);
  const { domains, stages } = gridOf(state);
  const seed = seedsOf(state.run)[0];
  const given = { rows: state.run.rows, merges, domains, stages, restores, seed, means };
  const figure = weightResultFigure(given, shown);
  return figure === null ? nothing : shownFigure(figure, 'merges');
}

function shownFigure(figure: AnalysisFigure, fileName: string): TemplateResult {
  return html`<mm-analysis-figure .figure=${figure} .fileName=${fileName}></mm-analysis-figure>`;
}
