import type { Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { AnalysisResult } from '../analysis/analysis-result.ts';
import { jobModule } from '../jobs/job-list.ts';
import type { Plan } from '../plan/plan.ts';
import type { ResultRow } from '../results/results.ts';
import { jobContexts } from './job-contexts.ts';
import type { PlanOutcome } from './run-plan.ts';
import type { RunOptions } from './run-options.ts';
import { isDamage } from './stored-state.ts';
import { tellResults } from './tell-results.ts';

/** Nothing is computed, so nothing is opened that computes. */
export const NO_EXECUTOR = new Proxy({} as Executor, {
  get(_, member) {
    throw new AppError('internal', `A recall has no executor to ask for ${String(member)}.`);
  },
});

/**
 * Tells what the store has of a plan: curves, rows, answers and analyses, as they were told when they were
 * made. Nothing is computed or written, and no weight is read: whether those are sound is looked at
 * when a run needs them. A job without a readable result is passed over.
 * @returns 'done' where every job has a result, else 'stopped'
 */
export async function recallPlan(
  plan: Plan,
  options: Omit<RunOptions, 'executor' | 'claims' | 'limits'>,
): Promise<PlanOutcome> {
  const { store, emit, now, signal } = options;
  const startedMs = now();
  const told = new Set<string>();
  const note = (text: string): void => {
    if (!told.has(text)) emit({ type: 'note', text });
    told.add(text);
  };
  const contextOf = jobContexts(plan, { ...options, executor: NO_EXECUTOR }, note);
  const finished = new Set(await store.finishedOf(plan.jobs.map(({ id }) => id)));
  const rows: ResultRow[] = [];
  const analyses: AnalysisResult[] = [];
  let isWhole = true;
  for (const job of plan.jobs) {
    if (signal.aborted) break;
    if (!finished.has(job.id)) {
      isWhole = false;
      continue;
    }
    const module = jobModule(job.kind);
    try {
      const context = contextOf(job);
      await module.retell(job, context);
      const fresh = await module.rows(plan.runId, job, store);
      const result = await tellResults(job, fresh, context, { emit, note, told });
      rows.push(...fresh);
      if (result !== null) analyses.push(result);
      emit({ type: 'job-done', jobId: job.id, cached: true, seconds: 0 });
    } catch (error) {
      // A run will tell of it, and make it again.
      if (!isDamage(error)) throw error;
      isWhole = false;
    }
  }
  const status = isWhole && !signal.aborted ? 'done' : 'stopped';
  return { status, seconds: (now() - startedMs) / 1000, rows, analyses };
}
