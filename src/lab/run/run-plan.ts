import { AppError, toAppError } from '../../core/errors.ts';
import type { AnalysisResult } from '../analysis/analysis-result.ts';
import { inputIds, type Job } from '../job/job.ts';
import { jobModule } from '../jobs/job-list.ts';
import type { JobContext } from '../work/job-context.ts';
import type { LabStore } from '../checkpoints/lab-store.ts';
import type { Plan } from '../plan/plan.ts';
import { ALONE, type Claims } from './claims.ts';
import { jobContexts } from './job-contexts.ts';
import type { RunOptions } from './run-options.ts';
import { isLoss, lostInputs, remade, storedState, UNHASHED } from './stored-state.ts';
import type { ResultRow } from '../results/results.ts';
import { summaryOf } from '../job/job-summary.ts';
import { tellResults } from './tell-results.ts';

export interface PlanOutcome {
  readonly status: 'done' | 'stopped';
  readonly seconds: number;
  readonly rows: readonly ResultRow[];
  readonly analyses: readonly AnalysisResult[];
}

/**
 * Runs a plan's jobs in order. A job whose result is in the store is not run again; a new result
 * is stored, whole, before the next job starts, and a training leaves snapshots on its way. So a stop
 * loses nothing, a crash ten seconds of a training or one other job, and the same plan started again
 * continues where it was. A job that another process makes is left to
 * it; meanwhile the next one that is ready is made.
 * @errors what the failed job threw, after a `job-failed` event; nothing of that job is stored. What
 *   aborted the signal, after a `stopped` event, where that is an error of ours: lock-lost
 */
export async function runPlan(plan: Plan, options: RunOptions): Promise<PlanOutcome> {
  const { now, emit, signal, executor, claims = ALONE, limits = {} } = options;
  const startedMs = now();
  const rows = new Map<string, readonly ResultRow[]>();
  const analyses = new Map<string, AnalysisResult>();
  const told = new Set<string>();
  const remadeIds = new Set<string>();
  const outcome = (status: PlanOutcome['status']): PlanOutcome => ({
    status,
    seconds: (now() - startedMs) / 1000,
    // In the order of the plan, whoever was ready first.
    rows: plan.jobs.flatMap(({ id }) => rows.get(id) ?? []),
    analyses: plan.jobs.flatMap(({ id }) => analyses.get(id) ?? []),
  });
  const stopped = (): PlanOutcome => {
    emit({ type: 'stopped' });
    // Who only pressed Stop knows why; another tab that took over, or a storage that went, has to be told.
    const reason: unknown = signal.reason;
    if (reason instanceof AppError && reason.code !== 'aborted') throw reason;
    return outcome('stopped');
  };
  const note = (text: string) => {
    if (!told.has(text)) emit({ type: 'note', text });
    told.add(text);
  };
  const contextOf = jobContexts(plan, options, note);
  emit({ type: 'plan', jobs: plan.jobs.map((job) => summaryOf(job, jobModule(job.kind).model)) });
  const waiting = plan.jobs.filter(({ id }) => limits.job === undefined || id === limits.job);
  while (waiting.length > 0) {
    if (signal.aborted) return stopped();
    const taken = await takeReady(waiting, claims, options.store);
    if (taken === null) {
      await claims.wait(
        waiting.map(({ id }) => id),
        (id) => plan.jobs.find((job) => job.id === id)?.title ?? id,
      );
      continue;
    }
    const { job } = taken;
    let { claim } = taken;
    const jobStartedMs = now();
    emit({ type: 'job-started', jobId: job.id });
    try {
      const context = contextOf(job);
      const { isSound: cached, damage } = await storedState(job, context);
      // Its mark was whole and it is damaged all the same.
      if (!cached) claim ??= claims.claim(job.id);
      if (!cached && limits.mayCompute === false) throw notStored(job, damage);
      if (damage !== null) note(remade(job, damage));
      const fresh = await finish(job, plan, context, cached);
      if (cached && options.store.health.isUnhashed(job.id)) note(UNHASHED);
      rows.set(job.id, fresh);
      const result = await tellResults(job, fresh, context, { emit, note, told });
      if (result !== null) analyses.set(job.id, result);
      emit({ type: 'memory', memory: executor.memory() });
      emit({ type: 'job-done', jobId: job.id, cached, seconds: (now() - jobStartedMs) / 1000 });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'aborted' || signal.aborted) return stopped();
      // One job alone has its inputs from the store: who made them has to make them again.
      const lost =
        isLoss(error) && limits.job === undefined ? await lostInputs(job, plan, contextOf) : [];
      if (lost.length > 0 && lost.every(({ job: { id } }) => !remadeIds.has(id))) {
        for (const { job: other, damage } of lost) {
          note(remade(other, damage));
          remadeIds.add(other.id);
        }
        waiting.unshift(...lost.map(({ job: other }) => other), job);
        continue;
      }
      const { code, message, hint } = error;
      emit({ type: 'job-failed', jobId: job.id, error: { code, message, hint } });
      throw error;
    } finally {
      claim?.release();
    }
  }
  const done = outcome('done');
  emit({ type: 'finished', seconds: done.seconds });
  return done;
}

/**
 * Takes the first job out of the list whose inputs are done and that nobody else makes. One that is
 * finished has no claim: whoever only reads it keeps nobody waiting.
 */
async function takeReady(waiting: Job[], claims: Claims, store: LabStore) {
  const open = new Set(waiting.map(({ id }) => id));
  const ready = waiting.filter(({ inputs }) => !inputIds(inputs).some((id) => open.has(id)));
  for (const job of ready) {
    const isFinished = (await store.finishedOf([job.id])).length > 0;
    const claim = isFinished ? null : claims.claim(job.id);
    if (!isFinished && claim === null) continue;
    waiting.splice(waiting.indexOf(job), 1);
    return { job, claim };
  }
  return null;
}

/** Takes a job's result from the store, or makes and stores it; gives its rows. */
async function finish(
  job: Job,
  plan: Plan,
  context: JobContext,
  isCached: boolean,
): Promise<readonly ResultRow[]> {
  const module = jobModule(job.kind);
  if (isCached) await module.retell(job, context);
  else await module.run(job, context);
  await forgetSnapshots(job, context, isCached);
  return module.rows(plan.runId, job, context.store);
}

/** Nobody goes on from the middle of a job that is finished; what cannot be removed lies there for now. */
async function forgetSnapshots(
  { id }: Job,
  { store, snapshots }: JobContext,
  isCached: boolean,
): Promise<void> {
  try {
    // A process may die between the result and this.
    if (!isCached) await snapshots?.remove();
    else if ((await store.snapshots?.has(id)) === true) await store.snapshots?.remove(id);
  } catch {
    // The result is stored, and that is what counts.
  }
}

function notStored({ title }: Job, damage: string | null): AppError {
  const message = `The store has no result of "${title}". ${damage ?? ''}`.trim();
  return new AppError('data-missing', message, {
    hint: 'Nothing was computed. Run this job first.',
  });
}
