import { inputIds, type Job } from './job.ts';
import type { JobSummary, ModelRole, RecordedJob } from './events.ts';

export function summaryOf(job: Job, model: ModelRole | null): JobSummary {
  const { id, kind, title, cell, seed } = job;
  return { id, kind, title, inputs: inputIds(job.inputs), cell, seed, model };
}

/** A job as it stands in files of results: what pages take its model for is no part of them. */
export function recordedJob({ id, kind, title, inputs, cell, seed }: JobSummary): RecordedJob {
  return { id, kind, title, inputs, cell, seed };
}
