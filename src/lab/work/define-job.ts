import type * as v from 'valibot';
import { arenaSource, eachPiece, firstNonFinite } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import type { AnalysisResult } from '../analysis/analysis-result.ts';
import { asArtefact } from '../results/artefacts.ts';
import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import type { ModelRole } from '../job/events.ts';
import type { CheckpointKind, Job, JobKind, JobOf } from '../job/job.ts';
import type { CheckpointSource, LabStore } from '../checkpoints/lab-store.ts';
import type { ResultRow } from '../results/results.ts';
import type { DataTable } from './data-table.ts';
import type { JobContext } from './job-context.ts';
import type { JobAnswers } from './result-answers.ts';
import { tellTraining } from './training-notes.ts';

interface KindOf<Kind extends JobKind> {
  readonly kind: Kind;
  /** Among jobs that are ready the lowest is run first: numbers appear early, cross evaluations last. */
  readonly rank: number | ((job: JobOf<Kind>) => number);
}

/** A kind of job whose result is a checkpoint. */
export interface CheckpointDefinition<Kind extends CheckpointKind> extends KindOf<Kind> {
  readonly makes: 'checkpoint';
  /** What its model card says that it is. */
  readonly card: string;
  /** What pages take its model for. */
  readonly model: ModelRole;
  readonly run: (job: JobOf<Kind>, context: JobContext) => Promise<CheckpointSource>;
  /** Tells a stored result's watchers what they were told while it was made, the loss apart. */
  readonly retell?: (job: JobOf<Kind>, meta: CheckpointMeta, context: JobContext) => void;
}

/** A kind of job whose result is a small artefact. */
export interface ArtefactDefinition<
  Kind extends Exclude<JobKind, CheckpointKind>,
  Schema extends v.GenericSchema,
> extends KindOf<Kind> {
  /** What is stored; read back through the same schema. */
  readonly makes: Schema;
  readonly run: (
    job: JobOf<Kind>,
    context: JobContext,
  ) => v.InferOutput<Schema> | Promise<v.InferOutput<Schema>>;
  /** Absent for kinds that measure nothing. */
  readonly rows?: (
    runId: string,
    job: JobOf<Kind>,
    artefact: v.InferOutput<Schema>,
  ) => readonly ResultRow[];
  /** Names in the results of what it measures. Absent for kinds that measure nothing. */
  readonly measures?: (job: JobOf<Kind>) => readonly string[];
  /** What everyone who was asked was answered. Absent for kinds that ask nobody. */
  readonly answers?: (
    job: JobOf<Kind>,
    artefact: v.InferOutput<Schema>,
    context: JobContext,
  ) => JobAnswers;
  /** The data behind the results that it knows. Absent for kinds that know none. */
  readonly tables?: (
    job: JobOf<Kind>,
    artefact: v.InferOutput<Schema>,
    context: JobContext,
  ) => readonly DataTable[];
  /** What a result says of the data beside its numbers. */
  readonly notes?: (job: JobOf<Kind>, artefact: v.InferOutput<Schema>) => readonly string[];
  /** Absent for kinds that are no analysis. */
  readonly analysis?: (job: JobOf<Kind>, artefact: v.InferOutput<Schema>) => AnalysisResult;
  readonly retell?: (
    job: JobOf<Kind>,
    artefact: v.InferOutput<Schema>,
    context: JobContext,
  ) => void;
}

/** A kind of job as the plan and the runner see it: whatever its settings are. */
export interface JobModule {
  readonly kind: JobKind;
  readonly makes: 'checkpoint' | 'artefact';
  /** '' for artefacts, which are not exported. */
  readonly card: string;
  /** null for artefacts. */
  readonly model: ModelRole | null;
  rank(job: Job): number;
  /**
   * Runs a job and stores its result under its id.
   * @errors whatever the job throws; non-finite when a checkpoint holds NaN or infinity
   */
  run(job: Job, context: JobContext): Promise<void>;
  /**
   * True for a sound stored result of the right form. A checkpoint is read for that.
   * @errors checkpoint-corrupt
   */
  isStored(job: Job, context: JobContext): Promise<boolean>;
  /**
   * Tells what the watchers of a stored result would have been told. Of a checkpoint no weight is read.
   * @errors checkpoint-corrupt
   */
  retell(job: Job, context: JobContext): Promise<void>;
  /** Result rows of a finished job; none for jobs that measure nothing. */
  rows(runId: string, job: Job, store: LabStore): Promise<readonly ResultRow[]>;
  /** Names in the results of what a job will have measured. */
  measures(job: Job): readonly string[];
  /** What everyone was answered; null for jobs that ask nobody. */
  answers(job: Job, context: JobContext): Promise<JobAnswers | null>;
  /** The data behind the results that a finished job knows. */
  tables(job: Job, context: JobContext): Promise<readonly DataTable[]>;
  /** What the result of a job, new or stored, says of the data beside its numbers. */
  notes(job: Job, store: LabStore): Promise<readonly string[]>;
  /** A finished analysis with its name; null for other kinds. */
  analysis(job: Job, store: LabStore): Promise<AnalysisResult | null>;
}

/** A kind of job whose result is a checkpoint. */
export function defineCheckpointJob<Kind extends CheckpointKind>(
  definition: CheckpointDefinition<Kind>,
): JobModule {
  const { kind, card, model } = definition;
  return {
    kind,
    makes: 'checkpoint',
    card,
    model,
    rank: (job) => rankOf(definition, job),
    run: async (job, context) => {
      const made = await definition.run(ownOf(kind, job), context);
      await putFinite(context, job.id, made);
      tellTraining(made.meta, context);
    },
    isStored: async (job, context) => {
      const stored = await context.store.openCheckpoint(job.id);
      if (stored === null) return false;
      const parameters = arenaSource(stored.parameters);
      // Every chunk is checked where it is read.
      await eachPiece(parameters, { start: 0, length: parameters.length }, () => undefined);
      return true;
    },
    retell: async (job, context) => {
      const stored = await context.store.openCheckpoint(job.id);
      if (stored === null) return;
      const { curve } = stored.meta;
      if (curve !== null && curve.steps.length > 0) context.loss(curve);
      definition.retell?.(ownOf(kind, job), stored.meta, context);
      tellTraining(stored.meta, context);
    },
    rows: () => Promise.resolve([]),
    measures: () => [],
    answers: () => Promise.resolve(null),
    tables: () => Promise.resolve([]),
    notes: () => Promise.resolve([]),
    analysis: () => Promise.resolve(null),
  };
}

/** A kind of job whose result is a small artefact. */
export function defineJob<
  Kind extends Exclude<JobKind, CheckpointKind>,
  Schema extends v.GenericSchema,
>(definition: ArtefactDefinition<Kind, Schema>): JobModule {
  const { kind, makes, run, rows, measures, answers, tables, notes, analysis, retell } = definition;
  const read = async (job: Job, store: LabStore) =>
    asArtefact(makes, await store.getArtefact(job.id), job.title);
  return {
    kind,
    makes: 'artefact',
    card: '',
    model: null,
    rank: (job) => rankOf(definition, job),
    run: async (job, context) =>
      context.store.putArtefact(job.id, kind, await run(ownOf(kind, job), context)),
    isStored: async (job, context) => {
      const stored = await context.store.getArtefact(job.id);
      // One of another form is damage too: found later, it would end the run.
      if (stored !== null) asArtefact(makes, stored, job.title);
      return stored !== null;
    },
    retell: async (job, context) => {
      if (retell !== undefined) retell(ownOf(kind, job), await read(job, context.store), context);
    },
    rows: async (runId, job, store) =>
      rows === undefined ? [] : rows(runId, ownOf(kind, job), await read(job, store)),
    measures: (job) => measures?.(ownOf(kind, job)) ?? [],
    answers: async (job, context) =>
      answers === undefined
        ? null
        : answers(ownOf(kind, job), await read(job, context.store), context),
    tables: async (job, context) =>
      tables === undefined ? [] : tables(ownOf(kind, job), await read(job, context.store), context),
    notes: async (job, store) =>
      notes === undefined ? [] : notes(ownOf(kind, job), await read(job, store)),
    analysis: async (job, store) =>
      analysis === undefined ? null : analysis(ownOf(kind, job), await read(job, store)),
  };
}

function rankOf<Kind extends JobKind>({ kind, rank }: KindOf<Kind>, job: Job): number {
  return typeof rank === 'number' ? rank : rank(ownOf(kind, job));
}

/** Modules are looked up by kind, so that this never fails. */
function ownOf<Kind extends JobKind>(kind: Kind, job: Job): JobOf<Kind> {
  if (job.kind === kind) return job as JobOf<Kind>;
  throw new AppError('internal', `A job of kind "${job.kind}" came to the module of "${kind}".`);
}

/** A diverged model must not become the start of another. */
async function putFinite(
  { store, snapshots }: JobContext,
  id: string,
  checkpoint: CheckpointSource,
): Promise<void> {
  const { parameters } = checkpoint;
  // What is read was finite where it came from, and the store looks at it once more.
  const bad = parameters instanceof Float32Array ? firstNonFinite(parameters) : null;
  if (bad !== null) {
    throw new AppError('non-finite', `"${checkpoint.meta.name}" holds a value that is no number.`, {
      hint: 'Nothing was stored. Lower the learning rate or the clip norm and run again.',
      details: { element: bad.index },
    });
  }
  try {
    await store.putCheckpoint(id, checkpoint);
  } catch (error) {
    const isFull = error instanceof AppError && error.code === 'quota-exceeded';
    // Its own snapshot takes three times the room.
    if (!isFull || (await snapshots?.remove()) !== true) throw error;
    await store.putCheckpoint(id, checkpoint);
  }
}
