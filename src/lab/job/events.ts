import type { EpochMetrics } from '../../rec/behaviour/behaviour-types.ts';
import type { TrainingChoice } from '../../rec/training/epoch-choice.ts';
import type { AdapterProfile, MemoryReport } from '../../compute/executor.ts';
import type { RunAnswers } from '../results/answers.ts';
import type { SearchTrial } from '../results/artefacts.ts';
import type { AnalysisResult } from '../analysis/analysis-result.ts';
import type { JobCell, JobKind } from './job.ts';
import type { ResultRow } from '../results/results.ts';

/** Everything a run tells its watchers. Closed union; sent in batches, never one call per step. */
export type RunEvent =
  | { readonly type: 'plan'; readonly jobs: readonly JobSummary[] }
  | { readonly type: 'job-started'; readonly jobId: string }
  | {
      readonly type: 'job-progress';
      readonly jobId: string;
      /** Units done of total: optimizer steps, users, tensors. */
      readonly done: number;
      readonly total: number;
      readonly unit: ProgressUnit;
      /** Units per second, measured over the last seconds. */
      readonly rate: number;
    }
  | {
      readonly type: 'loss';
      readonly jobId: string;
      /** Optimizer steps and their mean training loss (nats a scored token). */
      readonly steps: readonly number[];
      readonly losses: readonly number[];
      readonly gradNorms: readonly number[];
      /** Of an embedding model: share of negatives that were close to their targets. */
      readonly closeShares?: readonly number[];
    }
  /** Metrics of a click model after its newest epochs; what was told from `from` on is replaced. */
  | {
      readonly type: 'epochs';
      readonly jobId: string;
      readonly curve: {
        readonly seed: number;
        readonly domain: string;
        readonly stage: string;
        readonly strategy: string;
        /** Values of the whole model: the sparse ones, all others, and those not trained. */
        readonly parameters: {
          readonly sparse: number;
          readonly dense: number;
          readonly frozen: number;
        };
      };
      readonly from: number;
      readonly epochs: readonly EpochMetrics[];
    }
  /** Which epoch of a training is kept, and by what. */
  | { readonly type: 'choice'; readonly jobId: string; readonly choice: TrainingChoice }
  | {
      readonly type: 'trials';
      readonly jobId: string;
      /** Place of the first of these in the search's list; what was there from it on is replaced. */
      readonly from: number;
      readonly trials: readonly SearchTrial[];
      readonly search: SearchSummary;
    }
  | {
      readonly type: 'job-done';
      readonly jobId: string;
      /** True when the artefact was already in the store. */
      readonly cached: boolean;
      readonly seconds: number;
    }
  | { readonly type: 'job-failed'; readonly jobId: string; readonly error: WireError }
  /** What a job found out about the data, such as items out of reach; each text once a run. */
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'results'; readonly rows: readonly ResultRow[] }
  /** What the users of the results were answered; who was asked is told once. */
  | ({ readonly type: 'answers' } & RunAnswers)
  | { readonly type: 'analysis'; readonly result: AnalysisResult }
  /** The device was lost, or the engine died; the run continues from what is stored on a new one. */
  | { readonly type: 'restarted'; readonly what: 'device' | 'engine'; readonly reason: string }
  | { readonly type: 'memory'; readonly memory: MemoryReport }
  | { readonly type: 'finished'; readonly seconds: number }
  | { readonly type: 'stopped' };

export type ProgressUnit =
  | 'steps'
  | 'users'
  | 'impressions'
  | 'items'
  | 'tensors'
  | 'trials'
  | 'points';

/** What a chart of a search needs beside its trials. */
export interface SearchSummary {
  readonly name: string;
  readonly seed: number;
  readonly method: string;
  /** Varied numbers. */
  readonly keys: readonly string[];
  readonly budget: number;
  readonly objective: {
    readonly metric: 'recall' | 'ndcg' | 'mrr';
    readonly k: number;
    readonly domains: 'mean' | 'pareto';
  };
  /** Where the best is chosen. */
  readonly split: 'validation' | 'test';
}

export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * What the model that a job makes is to a run: what the grid starts from, a step between that and the
 * cells, a cell, a merge. Cells and merges are called by their place and name.
 */
export type ModelRole =
  | { readonly role: 'base' | 'start'; readonly name: string }
  | { readonly role: 'cell' | 'merge' };

/** What a page or terminal needs to show a job. */
export interface JobSummary {
  readonly id: string;
  readonly kind: JobKind;
  /** "train Office phase1", "merge ties", "evaluate Office/phase2 on Industrial". */
  readonly title: string;
  readonly inputs: readonly string[];
  /** Grid place of a checkpoint job: domain row and stage column; null for others. */
  readonly cell: JobCell | null;
  readonly seed: number;
  /** As its kind says; null for jobs that make no checkpoint. */
  readonly model: ModelRole | null;
}

/** What of a job is kept with a run's results. */
export type RecordedJob = Omit<JobSummary, 'model'>;

/** What the user asks for; 'auto' takes the fastest that the machine has. */
export const EXECUTOR_CHOICES = ['auto', 'webgpu', 'cpu'] as const;
export type ExecutorChoice = (typeof EXECUTOR_CHOICES)[number];

/** First message of a session: which machine runs, and why not a better one. */
export interface SessionReport {
  readonly choice: ExecutorChoice;
  readonly profile: AdapterProfile;
  /** Empty when the preferred executor runs; else why not, and what the user can do. */
  readonly reason: string;
  readonly hint: string;
}
