import type { Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { Recent } from '../../core/recent.ts';
import { RandomStream } from '../../core/rng.ts';
import type { EpochMetrics } from '../../rec/behaviour/behaviour-types.ts';
import type { TrainingChoice } from '../../rec/training/epoch-choice.ts';
import type { DomainData, Dataset } from '../../rec/data/types.ts';
import type { SearchTrial } from '../results/artefacts.ts';
import type { ProgressUnit, RunEvent, SearchSummary } from '../job/events.ts';
import type { ImportedBase } from '../checkpoints/imported-base.ts';
import type { ImportedCompactBase } from '../checkpoints/imported-compact.ts';
import type { ImportedBehaviour } from '../checkpoints/imported-behaviour.ts';
import type { OpenedBase } from '../checkpoints/opened-base.ts';
import type { LossCurve } from '../checkpoints/checkpoint-meta.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { CheckpointSource, LabStore, StoredCheckpoint } from '../checkpoints/lab-store.ts';
import type { JobSnapshots } from '../snapshots/job-snapshots.ts';
import type { ItemVectors } from './item-vectors.ts';

/** Which click model a curve is of. */
export type EpochCurve = (RunEvent & { type: 'epochs' })['curve'];

/** What a job may use. A job reads its inputs from the store and returns its result. */
export interface JobContext {
  readonly experiment: Experiment;
  readonly dataset: Dataset;
  readonly executor: Executor;
  readonly store: LabStore;
  /** Of the job's trainings; absent where they leave nothing. */
  readonly snapshots?: JobSnapshots;
  /** Of an experiment whose base comes from files. */
  readonly imported: OpenedBase | null;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970; the only clock of a run. */
  readonly now: () => number;
  /** The filtered domain; computed once a run. */
  readonly domainData: (domain: string) => DomainData;
  /** Of the evaluations of titles; the last few of a run. */
  readonly itemVectors: Recent<ItemVectors>;
  /** Shown name of a checkpoint job, for lineage. */
  readonly checkpointName: (id: string) => string;
  readonly progress: (done: number, total: number, unit: ProgressUnit) => void;
  /** Trials of a search, from the given place in its list on. */
  readonly trials: (search: SearchSummary, trials: readonly SearchTrial[], from: number) => void;
  readonly loss: (curve: LossCurve) => void;
  /** Which epoch of its training a job keeps. */
  readonly choice: (choice: TrainingChoice) => void;
  /** What a job found out or decided by itself, in words; each text is told once a run. */
  readonly note: (text: string) => void;
  /** What a run needs more than once, and its paradigm alone knows: made for the first who asks. */
  readonly once: <Value>(key: string, make: () => Value) => Value;
  /** Metrics of a click model in training, from the given place in its list on. */
  readonly epochs: (curve: EpochCurve, epochs: readonly EpochMetrics[], from: number) => void;
}

/** @errors checkpoint-missing when a finished input has vanished from the store */
export async function inputCheckpoint(context: JobContext, id: string): Promise<StoredCheckpoint> {
  return (await context.store.getCheckpoint(id)) ?? vanished(context, id);
}

/** The same with parameters that are read where they are needed. @errors checkpoint-missing */
export async function openInput(context: JobContext, id: string): Promise<CheckpointSource> {
  return (await context.store.openCheckpoint(id)) ?? vanished(context, id);
}

function vanished(context: JobContext, id: string): never {
  throw new AppError(
    'checkpoint-missing',
    `The checkpoint "${context.checkpointName(id)}" is no longer in the store.`,
    { hint: 'Other checkpoints are not affected. Run again: it will be made once more.' },
  );
}

/** @errors internal when the run was given another base than its plan, or none */
export function inputImport({ imported }: JobContext, digest: string): ImportedBase {
  if (imported?.kind === 'language-model' && imported.model.digest === digest) return imported;
  throw otherBase();
}

/** The same of a behaviour model. @errors internal */
export function inputBehaviour({ imported }: JobContext, digest: string): ImportedBehaviour {
  if (imported?.kind === 'behaviour' && imported.model.digest === digest) return imported;
  throw otherBase();
}

/** The same of a compact model of semantic ids. @errors internal */
export function inputCompact({ imported }: JobContext, digest: string): ImportedCompactBase {
  if (imported?.kind === 'compact' && imported.model.digest === digest) return imported;
  throw otherBase();
}

function otherBase(): AppError {
  return new AppError('internal', 'The run lacks the base that its plan was made for.');
}

/** Independent seed of one purpose: a pure function of the experiment's seed and the name. */
export function deriveSeed(seed: number, purpose: string): number {
  return new RandomStream(seed, purpose).bitsAt(0);
}

/** An input that the kind of job does not always have. @errors internal when the plan left it out */
export function inputOf<Name extends string>(
  inputs: Readonly<Partial<Record<Name, string>>>,
  name: Name,
): string {
  const id = inputs[name];
  if (id !== undefined) return id;
  throw new AppError('internal', `The plan gave a job no ${name}.`);
}
