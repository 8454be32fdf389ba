import type { AnalysisResult } from '../analysis/analysis-result.ts';
import type { Job } from '../job/job.ts';
import { jobModule } from '../jobs/job-list.ts';
import type { ResultRow } from '../results/results.ts';
import type { JobContext } from '../work/job-context.ts';
import type { RunOptions } from './run-options.ts';

/** Whom to tell. */
export interface Listener {
  readonly emit: RunOptions['emit'];
  readonly note: (text: string) => void;
  /** Keys and texts that were told before. */
  readonly told: Set<string>;
}

/** Tells what a finished job has measured, answered and found out; gives its analysis. */
export async function tellResults(
  job: Job,
  rows: readonly ResultRow[],
  context: JobContext,
  listener: Listener,
): Promise<AnalysisResult | null> {
  const { emit, note } = listener;
  const module = jobModule(job.kind);
  (await module.notes(job, context.store)).forEach(note);
  if (rows.length > 0) emit({ type: 'results', rows });
  await tellAnswers(job, context, listener);
  const result = await module.analysis(job, context.store);
  if (result !== null) emit({ type: 'analysis', result });
  return result;
}

/** Tells what a job answered its users; whom it asked only where no job before it asked the same. */
async function tellAnswers(job: Job, context: JobContext, { emit, told }: Listener): Promise<void> {
  const answers = await jobModule(job.kind).answers(job, context);
  if (answers === null) return;
  const { asked, models, withoutAnswers } = answers;
  for (const model of withoutAnswers) {
    const text = `${job.title}: an older build stored the results of "${model}", without what each user was answered. They are right; comparisons and files by user lack them. Run with an empty store for those.`;
    if (!told.has(text)) emit({ type: 'note', text });
    told.add(text);
  }
  const fresh = asked.filter(({ key }) => !told.has(key));
  for (const { key } of fresh) told.add(key);
  if (models.length > 0) emit({ type: 'answers', asked: fresh, models });
}
