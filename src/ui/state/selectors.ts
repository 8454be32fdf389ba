import type { JobSummary } from '../../lab/job/events.ts';
import { shownError, type ResultRow } from '../../lab/results/results.ts';
import { outlineOf } from '../document/document-outline.ts';
import type { MetricAt } from '../../lab/results/result-metrics.ts';
import { shownMetric } from './metric-choice.ts';
import type { JobState, RunState } from './run-state.ts';
import type { AppState, CellKey } from './state.ts';
import { isBusy } from './run-phase.ts';

/** Row name of the base model in grids and matrices. */
const BASE_DOMAIN = '';

export type CellStatus = 'empty' | 'queued' | 'training' | 'done' | 'cached' | 'failed';

export interface GridCell {
  readonly key: CellKey;
  readonly status: CellStatus;
  readonly job: JobState | null;
  /** On its own context; of the base model the mean over all contexts. */
  readonly score: CellScore | null;
}

export interface CellScore {
  readonly value: number;
  readonly standardError: number;
  /** Contexts averaged. */
  readonly contexts: number;
}

export interface GridModel {
  /** What the scores are. */
  readonly metric: MetricAt;
  readonly domains: readonly string[];
  readonly stages: readonly string[];
  readonly base: GridCell;
  readonly rows: readonly (readonly GridCell[])[];
}

/** The grid of the current plan, in plan order; seed = the first one unless given. */
export function gridOf(state: AppState, seed?: number, metric = usualMetric(state)): GridModel {
  const jobs = state.run.order.flatMap((id) => state.run.jobs[id] ?? []);
  const chosen = seed ?? seedsOf(state.run)[0];
  const cells = jobs.filter(
    (job) => isCell(job.summary) && (chosen === undefined || job.summary.seed === chosen),
  );
  const domains = unique(cells.map((job) => job.summary.cell?.domain ?? ''));
  const stages = unique(cells.map((job) => job.summary.cell?.stage ?? ''));
  const baseJob = jobs.find(
    (job) => isBase(job.summary) && (chosen === undefined || job.summary.seed === chosen),
  );
  return {
    metric,
    domains,
    stages,
    base: cellOf(state, metric, { domain: BASE_DOMAIN, stage: 'base' }, baseJob),
    rows: domains.map((domain) =>
      stages.map((stage) => {
        const job = cells.find(
          ({ summary }) => summary.cell?.domain === domain && summary.cell.stage === stage,
        );
        return cellOf(state, metric, { domain, stage }, job);
      }),
    ),
  };
}

/** The metric that the rows are first looked at by; see `shownMetric`. */
export function usualMetric(state: AppState): MetricAt {
  const text = state.run.started?.text ?? state.document.text;
  return shownMetric(state.run.rows, null, outlineOf(text).paradigm);
}

/** All cells, base first, in reading order. */
export function allCells(grid: GridModel): readonly GridCell[] {
  return [grid.base, ...grid.rows.flat()];
}

export function sameCell(a: CellKey | null, b: CellKey | null): boolean {
  return a !== null && b !== null && a.domain === b.domain && a.stage === b.stage;
}

export function cellName(key: CellKey): string {
  return key.domain === BASE_DOMAIN ? 'base model' : `${key.domain}/${key.stage}`;
}

/** What the page calls the model that a job makes; '' where it makes none. */
export function modelName({ cell, model, title }: JobSummary): string {
  if (cell !== null) return cellName(cell);
  if (model === null) return '';
  if (model.role === 'merge') return title.replace(/^merge /, '');
  return 'name' in model ? model.name : title;
}

/** The cell whose curve is shown: the one in training unless the user chose another. */
export function focusedCell(state: AppState, grid: GridModel): GridCell {
  const cells = allCells(grid);
  return (
    cells.find((cell) => sameCell(cell.key, state.selection)) ??
    cells.find((cell) => cell.status === 'training') ??
    cells.find((cell) => cell.status === 'failed') ??
    cells.findLast((cell) => cell.status === 'done') ??
    grid.base
  );
}

/** Θ⁽⁰⁾: trained on sequences of ids or behaviour, or a language model of the texts. */
function isBase({ model }: JobSummary): boolean {
  return model?.role === 'base';
}

/** A job that trains a model of the grid; those of a scaling study have no place in it. */
function isCell({ cell }: JobSummary): boolean {
  return cell !== null;
}

export function seedsOf(run: RunState): readonly number[] {
  const jobs = run.order.flatMap((id) => run.jobs[id]?.summary ?? []);
  // Jobs without randomness carry no real seed: only those of a chain count.
  return unique(jobs.filter((job) => isBase(job) || isCell(job)).map((job) => job.seed));
}

export interface Progress {
  readonly current: JobState | null;
  readonly finished: number;
  readonly total: number;
  /** 0…1 over all jobs, the current one counted by its share. */
  readonly share: number;
  /** Seconds the current job still needs; null until a rate was measured. */
  readonly remainingSeconds: number | null;
}

export function progressOf(run: RunState): Progress {
  const jobs = run.order.flatMap((id) => run.jobs[id] ?? []);
  const current = run.currentJobId === null ? null : (run.jobs[run.currentJobId] ?? null);
  const finished = jobs.filter((job) => job.status === 'done' || job.status === 'cached').length;
  const part = current !== null && current.total > 0 ? current.done / current.total : 0;
  return {
    current,
    finished,
    total: jobs.length,
    share: jobs.length === 0 ? 0 : Math.min(1, (finished + part) / jobs.length),
    remainingSeconds:
      current !== null && current.rate > 0 && current.total > 0
        ? (current.total - current.done) / current.rate
        : null,
  };
}

/** Rows of one metric on the full test protocol. */
export function rowsFor(
  rows: readonly ResultRow[],
  metric: ResultRow['metric'],
  k: number,
): readonly ResultRow[] {
  return rows.filter((row) => row.metric === metric && row.k === k && row.split === 'test');
}

/** True when "Run" can be pressed: nothing runs, the machine is there, the document is sound. */
export function canRun(state: AppState): boolean {
  return (
    state.session.status === 'ready' &&
    !isBusy(state.run) &&
    state.importing === null &&
    state.document.inspection?.ok === true
  );
}

export function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

function cellOf(
  state: AppState,
  metric: MetricAt,
  key: CellKey,
  job: JobState | undefined,
): GridCell {
  return {
    key,
    job: job ?? null,
    status: statusOf(job),
    score: job === undefined ? null : ownScore(state.run.rows, metric, key, job),
  };
}

function statusOf(job: JobState | undefined): CellStatus {
  if (job === undefined) return 'empty';
  return job.status === 'running' ? 'training' : job.status;
}

function ownScore(
  rows: readonly ResultRow[],
  { metric, k }: MetricAt,
  key: CellKey,
  job: JobState,
): CellScore | null {
  const own = rowsFor(rows, metric, k).filter(
    (row) =>
      row.own &&
      row.seed === job.summary.seed &&
      (key.domain === BASE_DOMAIN
        ? row.kind === 'base'
        : row.kind === 'cell' && row.model === cellName(key)),
  );
  if (own.length === 0) return null;
  const sum = own.reduce((total, row) => total + row.value, 0);
  const variance = own.reduce((total, row) => total + shownError(row) ** 2, 0);
  return {
    value: sum / own.length,
    standardError: Math.sqrt(variance) / own.length,
    contexts: own.length,
  };
}
