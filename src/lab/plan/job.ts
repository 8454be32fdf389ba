import type {
  ClickDataSettings,
  ClickEvaluateSettings,
  ClickStartSettings,
  ClickTrainSettings,
  PretrainSettings,
} from './click-settings.ts';
import type { JobSummary } from '../run/events.ts';
import type {
  AnalysisSettings,
  BaseSettings,
  BaselineSettings,
  EvaluateSettings,
  ExtendSettings,
  IdsSettings,
  ItemTransformerSettings,
  LanguageModelSettings,
  MergeSettings,
  PrepareSettings,
  SearchSettings,
  TokenizerSettings,
  TrainSettings,
} from './job-settings.ts';

/** What the results table shows; not part of the id, so renaming a merge recomputes nothing. */
export interface ModelLabel {
  readonly model: string;
  readonly kind: 'cell' | 'base' | 'merge' | 'baseline';
  /** True when the evaluated domain is one the model was made for (base: all pooled ones). */
  readonly own: boolean;
}

interface JobOf<Kind extends string, Settings, Inputs> {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly seed: number;
  readonly cell: JobSummary['cell'];
  readonly settings: Settings;
  /** Job ids by role; part of the id. */
  readonly inputs: Inputs;
}

export type PrepareJob = JobOf<'prepare', PrepareSettings, Record<never, never>>;
export type IdsJob = JobOf<
  'ids',
  IdsSettings,
  {
    readonly data: string;
    /** Model and tokenizer whose vectors of the texts become ids. */
    readonly embedder?: string;
    readonly tokenizer?: string;
  }
>;
export type BaseJob = JobOf<
  'base',
  BaseSettings,
  { readonly data: readonly string[]; readonly ids: readonly string[] }
>;
export type TokenizerJob = JobOf<
  'tokenizer',
  TokenizerSettings,
  { readonly data: readonly string[] }
>;
export type LanguageModelJob = JobOf<
  'language-model',
  LanguageModelSettings,
  { readonly data: readonly string[]; readonly tokenizer: string }
>;
export type ExtendJob = JobOf<'extend', ExtendSettings, { readonly base: string }>;
export type TrainJob = JobOf<
  'train',
  TrainSettings,
  {
    readonly data: string;
    /** Absent in paradigms without ids. */
    readonly ids?: string;
    readonly parent: string;
    readonly tokenizer?: string;
  }
>;
export type MergeJob = JobOf<
  'merge',
  MergeSettings,
  {
    readonly base: string | null;
    readonly models: readonly string[];
    /** Whose best numbers it takes. */
    readonly search?: string;
  }
>;
export type SearchJob = JobOf<
  'search',
  SearchSettings,
  {
    readonly models: readonly string[];
    readonly bases: readonly string[];
    /** One a place. */
    readonly data: readonly string[];
    /** One a place; absent in paradigms without ids. */
    readonly ids?: readonly string[];
    readonly tokenizer?: string;
    readonly embedder?: string;
  }
> & { readonly name: string };
export type EvaluateJob = JobOf<
  'evaluate',
  EvaluateSettings,
  {
    readonly data: string;
    /** Absent in paradigms without ids. */
    readonly ids?: string;
    readonly tokenizer?: string;
    /** Language model whose vectors ground sampled titles. */
    readonly embedder?: string;
    readonly model: string;
    /** Checkpoint whose id rows replace those of `model` (a merge over domains), else null. */
    readonly rows: string | null;
  }
> & { readonly label: ModelLabel };
export type BaselineJob = JobOf<'baseline', BaselineSettings, { readonly data: string }>;

export type ItemTransformerJob = JobOf<
  'item-transformer',
  ItemTransformerSettings,
  { readonly data: string }
>;

/** What the results call an analysis and its models; not part of the id. */
export interface AnalysisLabel {
  readonly name: string;
  readonly models: readonly string[];
  readonly base: string | null;
}

export type AnalysisJob = JobOf<
  'analysis',
  AnalysisSettings,
  {
    /** Checkpoints that are measured. */
    readonly models?: readonly string[];
    /** Checkpoint that task vectors start from. */
    readonly base?: string;
    /** One a domain that is looked at, likewise `ids` and `rows`. */
    readonly data?: readonly string[];
    readonly ids?: readonly string[];
    /** Checkpoint whose id rows all models take; null: their own. */
    readonly rows?: readonly (string | null)[];
    readonly tokenizer?: string;
    /** By seed, domain, weight and split, the last running fastest. */
    readonly evaluations?: readonly string[];
  }
> & { readonly label: AnalysisLabel };

export type ClickDataJob = JobOf<'click-data', ClickDataSettings, Record<never, never>>;
export type PretrainJob = JobOf<'pretrain', PretrainSettings, { readonly data: string }>;
export type ClickStartJob = JobOf<
  'click-start',
  ClickStartSettings,
  { readonly pretrained: string }
>;
export type ClickTrainJob = JobOf<
  'train-click',
  ClickTrainSettings,
  { readonly data: string; readonly pretrained: string; readonly start: string }
>;
export type ClickEvaluateJob = JobOf<
  'evaluate-click',
  ClickEvaluateSettings,
  {
    readonly data: string;
    /** Absent for a baseline. */
    readonly model?: string;
  }
> & { readonly label: ModelLabel };

export type CheckpointJob =
  | BaseJob
  | LanguageModelJob
  | ExtendJob
  | TrainJob
  | PretrainJob
  | ClickStartJob
  | ClickTrainJob
  | MergeJob;
export type ArtefactJob =
  | PrepareJob
  | TokenizerJob
  | IdsJob
  | SearchJob
  | EvaluateJob
  | BaselineJob
  | ItemTransformerJob
  | ClickDataJob
  | ClickEvaluateJob
  | AnalysisJob;
export type Job = CheckpointJob | ArtefactJob;

const CHECKPOINT_KINDS: readonly Job['kind'][] = [
  'base',
  'language-model',
  'extend',
  'train',
  'pretrain',
  'click-start',
  'train-click',
  'merge',
];

/** True for jobs whose result is a checkpoint (parameters), false for small artefacts. */
export function makesCheckpoint(job: Job): job is CheckpointJob {
  return CHECKPOINT_KINDS.includes(job.kind);
}

/** Ids of all inputs of a job, without repeats. */
export function inputIds(inputs: Job['inputs']): string[] {
  const ids = Object.values(
    inputs as Record<string, string | readonly (string | null)[] | null | undefined>,
  ).flat();
  return [...new Set(ids.filter((id) => id !== null && id !== undefined))];
}

export function summaryOf(job: Job): JobSummary {
  const { id, kind, title, cell, seed } = job;
  return { id, kind, title, inputs: inputIds(job.inputs), cell, seed };
}
