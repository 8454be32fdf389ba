import type { Inspection } from '../../../workers/lab/api.ts';
import type { PackFacts } from '../../lab/pack/pack-models.ts';
import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import type { JobSummary, ProgressUnit, RunEvent, WireError } from '../../lab/job/events.ts';
import { EMPTY_CURVE, extended, type LossCurve } from './loss-curve.ts';
import { NO_ANSWERS, withAnswers, type RunAnswers } from '../../lab/results/answers.ts';
import type { ResultRow } from '../../lab/results/results.ts';
import type { SearchResult } from '../../lab/work/search-rows.ts';
import type { RunPhase } from './run-phase.ts';

export type JobStatus = 'queued' | 'running' | 'done' | 'cached' | 'failed';

/** What the page knows of one job of the plan. */
export interface JobState {
  readonly summary: JobSummary;
  readonly status: JobStatus;
  readonly done: number;
  readonly total: number;
  readonly unit: ProgressUnit;
  /** Units per second; 0 until measured. */
  readonly rate: number;
  readonly seconds: number;
  readonly error: WireError | null;
  readonly curve: LossCurve;
  /** Whether the page was told its results; a stored one is known before. */
  readonly isTold: boolean;
}

export interface MemoryState {
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly liveBuffers: number;
}

/** Plan, progress and results. Job ids are content hashes, so the state of an id never goes stale. */
export interface RunState {
  readonly phase: RunPhase;
  readonly order: readonly string[];
  readonly jobs: Readonly<Record<string, JobState>>;
  readonly currentJobId: string | null;
  readonly rows: readonly ResultRow[];
  /** What the users of the rows were answered. */
  readonly answers: RunAnswers;
  /** By the id of the search's job. */
  readonly searches: Readonly<Record<string, SearchResult>>;
  /** Epochs of click models while they train, by the id of the training job. */
  readonly epochs: Readonly<Record<string, EpochCurve>>;
  readonly analyses: readonly AnalysisResult[];
  /** What the run's jobs found out about the data. */
  readonly notes: readonly string[];
  readonly memory: MemoryState | null;
  readonly seconds: number;
  /** What the latest run was started with: the draft may be edited while its rows are shown. */
  readonly started: StartedRun | null;
  /** Who made what is shown, where it came with the page and nothing of it was trained here. */
  readonly prebaked: PackFacts | null;
}

export type EpochCurve = Pick<RunEvent & { type: 'epochs' }, 'curve' | 'epochs'>;

export interface StartedRun {
  readonly text: string;
  readonly inspection: Inspection & { readonly ok: true };
}

export const EMPTY_RUN: RunState = {
  phase: 'idle',
  order: [],
  jobs: {},
  currentJobId: null,
  rows: [],
  answers: NO_ANSWERS,
  searches: {},
  epochs: {},
  analyses: [],
  notes: [],
  memory: null,
  seconds: 0,
  started: null,
  prebaked: null,
};

/** Applies one event of the lab worker. Pure; events of unknown jobs are ignored. */
export function reduceRun(run: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'plan':
      return { ...withPlan(run, event.jobs, []), notes: [], phase: keepStopping(run.phase) };
    case 'job-started':
      return {
        ...patchJob(run, event.jobId, (job) => ({
          ...job,
          status: 'running',
          done: 0,
          rate: 0,
          error: null,
          curve: EMPTY_CURVE,
        })),
        phase: keepStopping(run.phase),
        currentJobId: event.jobId,
      };
    case 'job-progress':
      return patchJob(run, event.jobId, (job) => ({
        ...job,
        done: event.done,
        total: event.total,
        unit: event.unit,
        rate: event.rate,
      }));
    case 'loss':
      return patchJob(run, event.jobId, (job) => ({ ...job, curve: extended(job.curve, event) }));
    case 'trials': {
      const before = run.searches[event.jobId]?.trials.slice(0, event.from) ?? [];
      const search = { search: event.search, trials: [...before, ...event.trials] };
      return { ...run, searches: { ...run.searches, [event.jobId]: search } };
    }
    case 'epochs': {
      const before = run.epochs[event.jobId]?.epochs.slice(0, event.from) ?? [];
      const curve = { curve: event.curve, epochs: [...before, ...event.epochs] };
      return { ...run, epochs: { ...run.epochs, [event.jobId]: curve } };
    }
    case 'job-done':
      return patchJob(leaveJob(run, event.jobId), event.jobId, (job) => ({
        ...job,
        status: event.cached ? 'cached' : 'done',
        done: job.total,
        rate: 0,
        seconds: event.seconds,
        isTold: true,
      }));
    case 'job-failed':
      return patchJob(leaveJob(run, event.jobId), event.jobId, (job) => ({
        ...job,
        status: 'failed',
        rate: 0,
        error: event.error,
      }));
    case 'results':
      return { ...run, rows: mergeRows(run.rows, event.rows) };
    case 'answers':
      return { ...run, answers: withAnswers(run.answers, event) };
    case 'analysis':
      return {
        ...run,
        analyses: [...run.analyses.filter(({ id }) => id !== event.result.id), event.result],
      };
    case 'note':
      return run.notes.includes(event.text) ? run : { ...run, notes: [...run.notes, event.text] };
    case 'choice':
      // A note says it in words.
      return run;
    case 'restarted':
      return requeueRunning(run);
    case 'memory':
      return { ...run, memory: event.memory };
    case 'finished':
      return { ...requeueRunning(run), phase: 'done', seconds: event.seconds };
    case 'stopped':
      return { ...requeueRunning(run), phase: 'stopped' };
    default:
      return event satisfies never;
  }
}

/**
 * A new plan: jobs that were in the old one keep their state (same id = same work), rows of models
 * that are still part of it stay.
 */
export function withPlan(
  run: RunState,
  summaries: readonly JobSummary[],
  finished: readonly string[],
): RunState {
  const stored = new Set(finished);
  const jobs: Record<string, JobState> = {};
  for (const summary of summaries) {
    const known = run.jobs[summary.id];
    const job = known === undefined ? newJob(summary) : { ...known, summary };
    jobs[summary.id] =
      job.status === 'queued' && stored.has(summary.id) ? { ...job, status: 'cached' } : job;
  }
  const current = run.currentJobId;
  // Views find rows by the model's name: a number of another plan's "Games/phase2" must not stay.
  const rows = run.rows.filter((row) => row.modelId in jobs);
  return {
    ...run,
    rows: rows.length === run.rows.length ? run.rows : rows,
    answers: {
      ...run.answers,
      models: run.answers.models.filter(({ modelId }) => modelId in jobs),
    },
    searches: Object.fromEntries(Object.entries(run.searches).filter(([id]) => id in jobs)),
    epochs: Object.fromEntries(Object.entries(run.epochs).filter(([id]) => id in jobs)),
    analyses: run.analyses.filter(({ id }) => id in jobs),
    order: summaries.map((summary) => summary.id),
    jobs,
    currentJobId: current !== null && current in jobs ? current : null,
  };
}

/** Jobs that were interrupted wait again: nothing of them was stored. */
export function requeueRunning(run: RunState): RunState {
  const entries = Object.entries(run.jobs).map(([id, job]): [string, JobState] => [
    id,
    job.status === 'running' ? { ...job, status: 'queued', rate: 0 } : job,
  ]);
  return { ...run, jobs: Object.fromEntries(entries), currentJobId: null };
}

/** Whether results are stored that the page was not told. */
export function hasUntold({ order, jobs }: Pick<RunState, 'order' | 'jobs'>): boolean {
  return order.some((id) => jobs[id]?.status === 'cached' && !jobs[id].isTold);
}

/** The run ended well: jobs whose last event was not delivered any more are done all the same. */
export function completed(run: RunState): RunState {
  const entries = Object.entries(run.jobs).map(([id, job]): [string, JobState] => [
    id,
    job.status === 'done' || job.status === 'cached'
      ? job
      : { ...job, status: 'done', done: job.total, rate: 0 },
  ]);
  return { ...run, jobs: Object.fromEntries(entries), currentJobId: null };
}

/** Newer rows replace rows of the same model, context and metric; the order of arrival stays. */
export function mergeRows(
  old: readonly ResultRow[],
  incoming: readonly ResultRow[],
): readonly ResultRow[] {
  const rows = new Map(old.map((row) => [rowKey(row), row]));
  for (const row of incoming) rows.set(rowKey(row), row);
  return [...rows.values()];
}

function rowKey(row: ResultRow): string {
  return [
    row.modelId,
    row.model,
    row.evalDomain,
    row.evalPeriod,
    row.split,
    row.metric,
    row.k,
    row.seed,
    row.tier,
  ].join('\u0000');
}

function newJob(summary: JobSummary): JobState {
  return {
    summary,
    status: 'queued',
    done: 0,
    total: 0,
    unit: 'steps',
    rate: 0,
    seconds: 0,
    error: null,
    curve: EMPTY_CURVE,
    isTold: false,
  };
}

function patchJob(run: RunState, id: string, patch: (job: JobState) => JobState): RunState {
  const job = run.jobs[id];
  return job === undefined ? run : { ...run, jobs: { ...run.jobs, [id]: patch(job) } };
}

function leaveJob(run: RunState, id: string): RunState {
  return run.currentJobId === id ? { ...run, currentJobId: null } : run;
}

function keepStopping(phase: RunPhase): RunPhase {
  return phase === 'stopping' ? 'stopping' : 'running';
}
