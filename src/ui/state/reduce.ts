import type { Inspection, RunOutcome, RunResults } from '../../../workers/lab/api.ts';
import type { Problem } from '../text/problem.ts';
import { announcementFor } from './announcements.ts';
import { reduceBase } from './base-state.ts';
import type { BaseState } from './base-state.ts';
import {
  completed,
  EMPTY_RUN,
  mergeRows,
  reduceRun,
  requeueRunning,
  withPlan,
  type RunState,
} from './run-state.ts';
import { NO_CURVES } from './live-curves.ts';
import { NO_PROBE } from './state.ts';
import { isBusy } from './run-phase.ts';
import type { AppEvent, AppState } from './state.ts';

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
        run: { ...begun(state.run, event.results), started: event.started },
        // Models that are trained now have other numbers than those that came with the page.
        ...(isReplaced(state.run, event.results) && { probe: NO_PROBE, curves: NO_CURVES }),
        problem: null,
      };
    case 'ui-recalled':
      return {
        ...state,
        checkpoints: event.checkpoints,
        run: { ...state.run, phase: 'recalled', seconds: 0, started: event.started },
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
    case 'ui-compare':
      return { ...state, reference: event.reference };
    case 'ui-inspect':
      return { ...state, inspected: event.id };
    case 'ui-select':
      return { ...state, selection: event.cell };
    case 'ui-probe':
      return { ...state, probe: { ...state.probe, ...event.probe } };
    case 'ui-curves':
      return { ...state, curves: event.curves };
    case 'ui-recommend':
      return { ...state, recommend: { ...state.recommend, ...event.recommend } };
    case 'ui-problem':
      return { ...state, problem: event.problem };
    case 'restarted':
      return { ...state, run: reduceRun(state.run, event), problem: restarted(event) };
    default:
      return { ...state, run: reduceRun(state.run, event) };
  }
}

function restarted({ what, reason }: AppEvent & { readonly type: 'restarted' }): Problem {
  const isDevice = what === 'device';
  const opened = isDevice ? 'A new device was opened' : 'The engine was started anew';
  const code = isDevice ? 'device-lost' : 'worker-died';
  const hint = `${opened}; the run continues from its finished jobs.`;
  return { code, message: reason, hint, faults: [] };
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
  const run = withPlan(state.run, inspection.jobs, inspection.finished);
  return { ...state, document, run: { ...run, prebaked: inspection.prebaked ?? null } };
}

/** Results that came with the page are no part of a run that trains here. */
function begun(run: RunState, results: RunResults = 'own'): RunState {
  return { ...(isReplaced(run, results) ? EMPTY_RUN : run), phase: 'starting', seconds: 0 };
}

function isReplaced({ prebaked }: RunState, results: RunResults = 'own'): boolean {
  return prebaked !== null && results === 'own';
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
