import type { RunEvent, SessionReport } from '../../lab/job/events.ts';
import type { Dataset } from '../../rec/data/types.ts';
import type {
  Inspection,
  ProbeResult,
  RunOutcome,
  RunResults,
  StepProfile,
} from '../../../workers/lab/api.ts';
import type { Problem } from '../text/problem.ts';
import { NO_BASE, type BaseEvent, type BaseState } from './base-state.ts';
import type { MergeEntry } from '../document/document-edit.ts';
import { outlineOf } from '../document/document-outline.ts';
import { NO_RECOMMEND, type RecommendState } from './recommend-state.ts';
import { NO_CURVES, type LiveCurves } from './live-curves.ts';
import { EMPTY_RUN, type RunState, type StartedRun } from './run-state.ts';
import type { ViewName } from './view-names.ts';

/** Grid place the user looks at; the base model has domain ''. */
export interface CellKey {
  readonly domain: string;
  readonly stage: string;
}

export interface ProbeState {
  readonly isRunning: boolean;
  readonly result: ProbeResult | null;
  /** The merge that the result is of. */
  readonly entry?: MergeEntry;
  /** From the page's question to its answer. */
  readonly roundTripMs: number;
  readonly problem: Problem | null;
}

export const NO_PROBE: ProbeState = {
  isRunning: false,
  result: null,
  roundTripMs: 0,
  problem: null,
};

export interface DocumentState {
  readonly text: string;
  /** Preset the text was loaded from; null after the first edit. */
  readonly preset: string | null;
  /** Verdict on exactly this text, null while it is being checked. */
  readonly inspection: Inspection | null;
}

/** Everything the page shows. Plain data: views are functions of it. */
export interface AppState {
  readonly view: ViewName;
  readonly session: {
    readonly status: 'starting' | 'ready' | 'failed';
    readonly report: SessionReport | null;
  };
  readonly document: DocumentState;
  readonly dataset: Dataset | null;
  /** The data section that the data set was read by; see `datasetFor`. */
  readonly datasetSource: string;
  readonly base: BaseState;
  readonly importing: { readonly doneBytes: number; readonly totalBytes: number } | null;
  readonly run: RunState;
  readonly checkpoints: RunOutcome['checkpoints'];
  /** What results are compared with, '' nothing; null: what the document names. */
  readonly reference: string | null;
  readonly selection: CellKey | null;
  /** Id of the model's job that the inspector shows; null: it is closed. */
  readonly inspected: string | null;
  /** Where a training step spends its time; null until it is asked for. */
  readonly profile: StepProfile | 'running' | null;
  /** Live merging: the newest probe that came back, and whether one is on its way. */
  readonly probe: ProbeState;
  /** The curves that the live merge lies on, and those before. */
  readonly curves: LiveCurves;
  /** Lists for one customer. */
  readonly recommend: RecommendState;
  readonly problem: Problem | null;
  /** Text for the polite live region; changes at milestones only. */
  readonly announcement: string;
}

export type UiEvent =
  | { readonly type: 'ui-view'; readonly view: ViewName }
  | { readonly type: 'ui-session'; readonly report: SessionReport }
  | { readonly type: 'ui-session-failed'; readonly problem: Problem }
  | { readonly type: 'ui-document'; readonly text: string; readonly preset: string | null }
  | { readonly type: 'ui-inspected'; readonly text: string; readonly inspection: Inspection }
  | { readonly type: 'ui-import-progress'; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly type: 'ui-imported'; readonly dataset: Dataset | null; readonly source: string }
  | { readonly type: 'ui-import-failed'; readonly problem: Problem }
  | {
      readonly type: 'ui-run-requested';
      readonly started: StartedRun;
      /** Absent: 'own'. */
      readonly results?: RunResults;
    }
  | {
      readonly type: 'ui-recalled';
      readonly started: StartedRun;
      readonly checkpoints: RunOutcome['checkpoints'];
    }
  | { readonly type: 'ui-stop-requested' }
  | { readonly type: 'ui-run-settled'; readonly outcome: RunOutcome }
  | { readonly type: 'ui-run-failed'; readonly problem: Problem }
  | { readonly type: 'ui-profile'; readonly profile: AppState['profile'] }
  | { readonly type: 'ui-announce'; readonly text: string }
  | { readonly type: 'ui-compare'; readonly reference: string }
  | { readonly type: 'ui-select'; readonly cell: CellKey }
  | { readonly type: 'ui-inspect'; readonly id: string | null }
  | { readonly type: 'ui-probe'; readonly probe: Partial<ProbeState> }
  | { readonly type: 'ui-curves'; readonly curves: LiveCurves }
  | { readonly type: 'ui-recommend'; readonly recommend: Partial<RecommendState> }
  | { readonly type: 'ui-problem'; readonly problem: Problem | null };

export type AppEvent = RunEvent | UiEvent | BaseEvent;

export function initialState(
  text: string,
  preset: string | null,
  view: ViewName = 'grid',
): AppState {
  return {
    view,
    session: { status: 'starting', report: null },
    document: { text, preset, inspection: null },
    dataset: null,
    datasetSource: '',
    base: NO_BASE,
    importing: null,
    run: EMPTY_RUN,
    checkpoints: [],
    reference: null,
    selection: null,
    inspected: null,
    profile: null,
    probe: NO_PROBE,
    curves: NO_CURVES,
    recommend: NO_RECOMMEND,
    problem: null,
    announcement: '',
  };
}

/**
 * The imported data set, if the document still reads data the way it was imported: with other
 * columns, units or genres the numbers would not be those that the document promises.
 */
export function datasetFor({ dataset, datasetSource, document }: AppState): Dataset | null {
  return sourceOf(document.text) === datasetSource ? dataset : null;
}

/** A document's data section in a form that can be compared; '' where files have no part in it. */
export function sourceOf(text: string): string {
  const { data } = outlineOf(text);
  return 'importer' in data ? JSON.stringify(data) : '';
}
