import type { Experiment } from '../experiment/experiment-types.ts';
import type { Draft } from '../job/job.ts';
import type { Sampling } from '../job/job-settings.ts';

/** Collects jobs; the same job asked for twice is the same job. */
export interface PlanBuilder {
  readonly experiment: Experiment;
  readonly dataset: string;
  readonly sampling: Sampling;
  add(draft: Draft): Promise<string>;
  nameCheckpoint(name: string, id: string): void;
}
