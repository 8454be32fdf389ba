import type { Fault } from '../../core/errors.ts';
import type { RunEvent, SessionReport } from '../../lab/job/events.ts';
import type { Dataset } from '../../rec/data/types.ts';
import type { Inspection, ProbeResult, RunOutcome, StepProfile } from '../../../workers/lab/api.ts';
import { announcementFor } from '../text/announcements.ts';
import { NO_BASE, reduceBase } from './base-state.ts';
import type { BaseEvent, BaseState } from './base-state.ts';
import { outlineOf } from '../document/document-outline.ts';
import {
  completed,
  EMPTY_RUN,
  mergeRows,
  reduceRun,
  requeueRunning,
  withPlan,
} from './run-state.ts';
import type { RunState, StartedRun } from './run-state.ts';

export type ViewName = 'data' | 'grid' | 'merge' | 'analysis' | 'results';

/** An error as the page shows it: one message, what to do, the places; never a stack. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly faults: readonly Fault[];
}

/** Grid place the user looks at; the base model has domain ''. */
export interface CellKey {
  readonly domain: string;
  readonly stage: string;
}

export interface ProbeState {
  readonly isRunning: boolean;
  readonly result: ProbeResult | null;
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
  readonly selection: CellKey | null;
  /** Where a training step spends its time; null until it is asked for. */
  readonly profile: StepProfile | 'running' | null;
  /** Live merging: the newest probe that came back, and whether one is on its way. */
  readonly probe: ProbeState;
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
  | { readonly type: 'ui-run-requested'; readonly started: StartedRun }
  | { readonly type: 'ui-stop-requested' }
  | { readonly type: 'ui-run-settled'; readonly outcome: RunOutcome }
  | { readonly type: 'ui-run-failed'; readonly problem: Problem }
  | { readonly type: 'ui-profile'; readonly profile: AppState['profile'] }
  | { readonly type: 'ui-announce'; readonly text: string }
  | { readonly type: 'ui-select'; readonly cell: CellKey }
  | { readonly type: 'ui-probe'; readonly probe: Partial<ProbeState> }
  | { readonly type: 'ui-problem'; readonly problem: Problem | null };

export type AppEvent = RunEvent | UiEvent | BaseEvent;

export function initialState(text: string, preset: string | null): AppState {
  return {
    view: 'grid',
    session: { status: 'starting', report: null },
    document: { text, preset, inspection: null },
    dataset: null,
    datasetSource: '',
    base: NO_BASE,
    importing: null,
    run: EMPTY_RUN,
    checkpoints: [],
    selection: null,
    profile: null,
    probe: NO_PROBE,
    problem: null,
    announcement: '',
  };
}

/** The whole behaviour of the page's state: pure, total, no clock. */
export function reduce(state: AppState, event: AppEvent): AppState {
  const next = step(state, event);
  const announcement = announcementFor(state, next, event);
  return announcement === null ? next : { ...next, announcement };
}

function step(state: AppState, event: AppEvent): AppState {
  switch (event.type) {
    case 'ui-view':
      return { ...state, view: event.view };
    case 'ui-session':
      return { ...state, session: { status: 'ready', report: event.report } };
    case 'ui-session-failed':
      return {
        ...state,
        session: { status: 'failed', report: null },
        run: isBusy(state.run) ? { ...requeueRunning(state.run), phase: 'failed' } : state.run,
        importing: null,
        // The worker held it.
        base: reduceBase(state.base, { type: 'ui-base-closed' }),
        profile: state.profile === 'running' ? null : state.profile,
        problem: event.problem,
      };
    case 'ui-document':
      return {
        ...state,
        document: { text: event.text, preset: event.preset, inspection: null },
      };
    case 'ui-inspected':
      return inspected(state, event.text, event.inspection);
    case 'ui-import-progress':
      return { ...state, importing: { doneBytes: event.doneBytes, totalBytes: event.totalBytes } };
    case 'ui-imported':
      return {
        ...state,
        dataset: event.dataset,
        datasetSource: event.source,
        importing: null,
        problem: null,
        document: { ...state.document, inspection: null },
      };
    case 'ui-import-failed':
      return { ...state, importing: null, problem: event.problem };
    case 'ui-base-loading':
    case 'ui-base-opened':
    case 'ui-base-failed':
    case 'ui-base-closed':
    case 'ui-base-kept':
      return based(state, reduceBase(state.base, event));
    case 'ui-run-requested':
      return {
        ...state,
        run: { ...state.run, phase: 'starting', seconds: 0, started: event.started },
        problem: null,
      };
    case 'ui-stop-requested':
      return isBusy(state.run) ? { ...state, run: { ...state.run, phase: 'stopping' } } : state;
    case 'ui-run-settled':
      return settled(state, event.outcome);
    case 'ui-run-failed':
      return {
        ...state,
        run: { ...requeueRunning(state.run), phase: 'failed' },
        problem: event.problem,
      };
    case 'ui-profile':
      return { ...state, profile: event.profile };
    case 'ui-announce':
      return { ...state, announcement: event.text };
    case 'ui-select':
      return { ...state, selection: event.cell };
    case 'ui-probe':
      return { ...state, probe: { ...state.probe, ...event.probe } };
    case 'ui-problem':
      return { ...state, problem: event.problem };
    case 'restarted':
      return { ...state, run: reduceRun(state.run, event), problem: restarted(event.reason) };
    default:
      return { ...state, run: reduceRun(state.run, event) };
  }
}

function restarted(message: string): Problem {
  const hint = 'A new device was opened; the run continues from its finished jobs.';
  return { code: 'device-lost', message, hint, faults: [] };
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

export function isBusy(run: RunState): boolean {
  return run.phase === 'starting' || run.phase === 'running' || run.phase === 'stopping';
}

/** Job ids and sizes depend on the base: with another one the document is checked anew. */
function based(state: AppState, base: BaseState): AppState {
  if (base.opened === state.base.opened) return { ...state, base };
  return { ...state, base, document: { ...state.document, inspection: null } };
}

/** A verdict on a text that is no longer the current one says nothing and is dropped. */
function inspected(state: AppState, text: string, inspection: Inspection): AppState {
  if (text !== state.document.text) return state;
  const document = { ...state.document, inspection };
  if (!inspection.ok || isBusy(state.run)) return { ...state, document };
  return { ...state, document, run: withPlan(state.run, inspection.jobs, inspection.finished) };
}

/** The outcome and the events travel on two ports: the last events may come later, or not at all. */
function settled(state: AppState, outcome: RunOutcome): AppState {
  const run = outcome.status === 'done' ? completed(state.run) : requeueRunning(state.run);
  return {
    ...state,
    checkpoints: outcome.checkpoints,
    run: {
      ...run,
      phase: outcome.status,
      seconds: outcome.seconds,
      rows: mergeRows(state.run.rows, outcome.rows),
    },
  };
}
