import { html } from '../../charts/html.ts';
import type { TemplateResult } from 'lit';
import type { EditorPreset } from '../parts/document-editor.ts';
import type { AppState } from '../state/state.ts';
import type { ViewName } from '../state/view-names.ts';

/** A view of the page. */
export interface View {
  /** Its code, which comes when it is first shown or the page has nothing better to do. */
  readonly load: () => Promise<unknown>;
  /** Drawn before the code is there, too: the element is empty until then. */
  readonly draw: (state: AppState, presets: readonly EditorPreset[]) => TemplateResult;
}

/** All but the start, which paints before there is a state; adding one: here and its title. */
export const VIEWS: Readonly<Record<Exclude<ViewName, 'start'>, View>> = {
  data: {
    load: () => import('../views/data-view.ts'),
    draw: (state, presets) =>
      html`<mm-data-view .state=${state} .presets=${presets}></mm-data-view>`,
  },
  grid: {
    load: () => import('../views/grid-view.ts'),
    draw: (state, presets) =>
      html`<mm-grid-view .state=${state} .presets=${presets}></mm-grid-view>`,
  },
  merge: {
    load: () => import('../views/merge-view.ts'),
    draw: (state) => html`<mm-merge-view .state=${state}></mm-merge-view>`,
  },
  recommend: {
    load: () => import('../views/recommend-view.ts'),
    draw: (state) => html`<mm-recommend-view .state=${state}></mm-recommend-view>`,
  },
  analysis: {
    load: () => import('../views/analysis-view.ts'),
    draw: (state) => html`<mm-analysis-view .state=${state}></mm-analysis-view>`,
  },
  results: {
    load: () => import('../views/results-view.ts'),
    draw: (state) => html`<mm-results-view .state=${state}></mm-results-view>`,
  },
};

/**
 * Fetches every view, so that going to one does not wait for the network, or needs one. What fails
 * is fetched again, and told, when it is shown.
 */
export async function loadViews(): Promise<void> {
  for (const { load } of Object.values(VIEWS)) await load().catch(() => null);
}
