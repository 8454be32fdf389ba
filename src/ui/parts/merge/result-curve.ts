import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import type { MetricAt } from '../../../lab/results/result-metrics.ts';
import { outlineOf } from '../../document/document-outline.ts';
import type { AnalysisFigure } from '../../figures/analysis-figure.ts';
import { weightResultFigure, type MeanMethods } from '../../figures/weight-result-figures.ts';
import { gridOf, seedsOf } from '../../state/selectors.ts';
import type { AppState } from '../../state/state.ts';
import '../analysis-figure.ts';

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
