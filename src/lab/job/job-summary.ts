import { inputIds, type Job } from './job.ts';
import type { JobSummary } from './events.ts';

export function summaryOf(job: Job): JobSummary {
  const { id, kind, title, cell, seed } = job;
  return { id, kind, title, inputs: inputIds(job.inputs), cell, seed };
}
