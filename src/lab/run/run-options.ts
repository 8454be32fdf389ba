import type { Executor } from '../../compute/executor.ts';
import type { Dataset } from '../../rec/data/types.ts';
import type { LabStore } from '../checkpoints/lab-store.ts';
import type { OpenedBase } from '../checkpoints/opened-base.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { RunEvent } from '../job/events.ts';
import type { Claims, RunLimits } from './claims.ts';

/** What a plan is run with. */
export interface RunOptions {
  readonly experiment: Experiment;
  readonly dataset: Dataset;
  readonly executor: Executor;
  readonly store: LabStore;
  /** The base that the plan was made for, where it comes from files. */
  readonly imported?: OpenedBase | null;
  /** Stops the run at the next safe point; finished jobs stay stored. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly emit: (event: RunEvent) => void;
  /** Where other processes may work on the same store. */
  readonly claims?: Claims;
  readonly limits?: RunLimits;
}
