import type { Experiment } from '../document/experiment-types.ts';
import type { Job } from './job.ts';
import type { Sampling } from './job-settings.ts';

type WithoutId<J> = J extends Job ? Omit<J, 'id'> : never;
/** A job before its id is known. */
export type Draft = WithoutId<Job>;

/** Collects jobs; the same job asked for twice is the same job. */
export interface PlanBuilder {
  readonly experiment: Experiment;
  readonly dataset: string;
  readonly sampling: Sampling;
  add(draft: Draft): Promise<string>;
  nameCheckpoint(name: string, id: string): void;
}
