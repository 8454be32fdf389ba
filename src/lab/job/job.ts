/**
 * What jobs of one kind are made of. A kind says it where it is defined, by adding its line to
 * `JobTypes`; nothing else lists the kinds, so that a new one touches its own file and the list of
 * modules that are run.
 */
export interface JobShape {
  readonly makes: 'checkpoint' | 'artefact';
  /** What decides the result, beside inputs and seed; part of the id. */
  readonly settings: object;
  /** Job ids by role; part of the id. */
  readonly inputs: object;
  /** What results and pages show beside the title; not part of the id. */
  readonly shown?: object;
}

/** A job whose result is a checkpoint: parameters with their origin. */
export interface MakesCheckpoint<Settings extends object, Inputs extends object> {
  readonly makes: 'checkpoint';
  readonly settings: Settings;
  readonly inputs: Inputs;
}

/** A job whose result is a small artefact. */
export interface MakesArtefact<
  Settings extends object,
  Inputs extends object,
  Shown extends object = object,
> {
  readonly makes: 'artefact';
  readonly settings: Settings;
  readonly inputs: Inputs;
  readonly shown: Shown;
}

/** Kind → shape; each kind adds itself (`declare module`). */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled where kinds are defined
export interface JobTypes {}

export type JobKind = keyof JobTypes;
export type CheckpointKind = {
  [Kind in JobKind]: JobTypes[Kind]['makes'] extends 'checkpoint' ? Kind : never;
}[JobKind];

export type SettingsOf<Kind extends JobKind> = JobTypes[Kind]['settings'];
export type InputsOf<Kind extends JobKind> = JobTypes[Kind]['inputs'];
type ShownOf<Shape extends JobShape> = Shape extends { readonly shown: infer Shown }
  ? Shown
  : unknown;

/** Grid place of a job: domain row and stage column. */
export interface JobCell {
  readonly domain: string;
  readonly stage: string;
}

interface JobHead<Kind> {
  readonly id: string;
  readonly kind: Kind;
  /** "train Office phase1", "merge ties", "evaluate Office/phase2 on Industrial". */
  readonly title: string;
  readonly seed: number;
  /** null for jobs that are no cell of the grid. */
  readonly cell: JobCell | null;
}

/** A job of one kind, or of one of several. */
export type JobOf<Kind extends JobKind> = Kind extends JobKind
  ? JobHead<Kind> & {
      readonly settings: SettingsOf<Kind>;
      readonly inputs: InputsOf<Kind>;
    } & ShownOf<JobTypes[Kind]>
  : never;

export type Job = JobOf<JobKind>;
export type CheckpointJob = JobOf<CheckpointKind>;

/** True for a job of a kind, whose settings and inputs are then known. */
export function isJobOf<Kind extends JobKind>(
  job: Job | undefined,
  kind: Kind,
): job is Extract<Job, { readonly kind: Kind }> {
  return job?.kind === kind;
}

type WithoutId<J> = J extends Job ? Omit<J, 'id'> : never;
/** A job before its id is known. */
export type Draft = WithoutId<Job>;

/** Ids of all inputs of a job, without repeats. */
export function inputIds(inputs: Job['inputs']): string[] {
  const ids = Object.values(
    inputs as Record<string, string | readonly (string | null)[] | null | undefined>,
  ).flat();
  return [...new Set(ids.filter((id) => id !== null && id !== undefined))];
}

/** What the results table shows; not part of the id, so renaming a merge recomputes nothing. */
export interface ModelLabel {
  readonly model: string;
  readonly kind: 'cell' | 'base' | 'merge' | 'baseline';
  /** True when the evaluated domain is one the model was made for (base: all pooled ones). */
  readonly own: boolean;
}
