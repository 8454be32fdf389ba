import type { DepthGradients } from '../../merge/arenas/depth-gradients.ts';
import type { Axis } from '../../merge/search/axis.ts';
import type { StrategyName } from '../../merge/search/strategies.ts';
import type { WeightShape } from '../../merge/weight-shapes.ts';
import type { LearningCurveSettings, ScalingSettings } from './click-settings.ts';
import type { FEATURES } from '../document/experiment-analysis.ts';
import type { Experiment, SearchPlan } from '../document/experiment-types.ts';
import type { Period } from '../../rec/data/types.ts';
import type { SpecialTokens } from '../../rec/semantic-ids/vocabulary.ts';

/** How next-item samples are cut from timelines (MMGRid's sampling rule). */
export interface Sampling {
  readonly history: number;
  readonly minEarlier: number;
}

export interface OptimizerSettings {
  readonly tokensPerBatch: number;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly finalLearningRateFraction: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Absent for 1, so that results from before there was a choice are found again. */
  readonly accumulationSteps?: number;
  /** Absent for false, likewise. */
  readonly recompute?: boolean;
}

/** Drops interactions by MMGRid's filter; the artefact is the filter's report. */
export interface PrepareSettings {
  readonly dataset: string;
  readonly domain: string;
  readonly minCount: number;
  readonly startMs: number | null;
}

/** Builds a domain's semantic ids. */
export interface IdsSettings {
  readonly levels: number;
  readonly codes: number;
  readonly features: Experiment['ids']['features'];
  readonly dimensions: number;
  readonly domain: string;
  /** End of what co-occurrence may look at: of the first stage. null: features of text only. */
  readonly beforeMs: number | null;
  /** Tokens of a text that the base model reads; only with features of the base. */
  readonly textTokens?: number;
}

/** A base from files, by its digest: `JobContext.imported` holds it. */
export interface ImportedSettings {
  readonly imported: string;
}

/** Trains a byte-level BPE tokenizer on the texts of all items of all domains, or takes one. */
export type TokenizerSettings =
  { readonly domains: readonly string[]; readonly tokens: number } | ImportedSettings;

/** Trains the base language model on the texts of all items of all domains. */
export interface LanguageModelSettings {
  readonly model: Experiment['model'] | ImportedSettings;
  readonly vocabulary: BaseSettings['vocabulary'];
  readonly domains: readonly string[];
  /** Tokens of an item's text. */
  readonly textTokens: number;
  readonly optimizer: OptimizerSettings;
}

/** Gives a language model what its paradigm adds: rows for id tokens, or a user encoder. */
export type ExtendSettings =
  | { readonly vocabulary: BaseSettings['vocabulary']; readonly maxPositions: number }
  | { readonly paradigm: 'embedding'; readonly maxPositions: number };

/** What a cell learns beside the plain sequences of ids; see `taskRows`. */
export interface TaskSettings {
  readonly alignment: number;
  readonly mixed: boolean;
  readonly textTokens: number;
  readonly splitSoftmax: boolean;
  readonly idWeight: number;
}

/** Trains the start of all chains on the pooled first-stage sequences of all domains. */
export interface BaseSettings {
  readonly model: Experiment['model'];
  readonly vocabulary: {
    readonly levels: number;
    readonly codes: number;
    readonly text?: number;
    /** Of an imported tokenizer; absent: SPECIAL_TOKENS. */
    readonly special?: SpecialTokens;
  };
  readonly domains: readonly string[];
  readonly period: Period;
  readonly sampling: Sampling;
  readonly maxTargets: number | null;
  readonly score: 'targets' | 'all';
  readonly optimizer: OptimizerSettings;
}

/** Trains one cell from its predecessor, on its own stage's targets only. */
export interface TrainSettings {
  readonly domain: string;
  readonly stage: Period;
  readonly sampling: Sampling;
  readonly maxTargets: number | null;
  readonly score: 'targets' | 'all';
  readonly optimizer: OptimizerSettings;
  /** Absent where the base knows no text, and in other paradigms. */
  readonly tasks?: TaskSettings;
  /** Absent: semantic ids. */
  readonly paradigm?: TitleTraining | EmbeddingTraining;
}

/** Rows of titles; see `titleRows`. */
export interface TitleTraining {
  readonly kind: 'title';
  readonly positions: number;
  readonly titleTokens: number;
  /** Of a sampled title: what the model's positions must hold beside a row. */
  readonly maxTokens: number;
}

/** Item and user encoder; see `trainEmbeddingCell`. */
export interface EmbeddingTraining {
  readonly kind: 'embedding';
  readonly textTokens: number;
  readonly negatives: number;
  readonly falseNegative: number;
  readonly inputs: number;
  readonly sequencesPerBatch: number;
  readonly stageOnly: boolean;
}

/** How sampled titles become a ranking; see `rankByTitles`. */
export interface TitleRanking extends TitleTraining {
  readonly samples: number;
  readonly temperature: number;
  readonly grounding: 'words' | 'base';
  readonly dimensions: number;
  readonly textTokens: number;
  readonly rescale: boolean;
  readonly halfLifeDays: number;
  readonly gamma: number;
  readonly unseen: 'keep' | 'drop';
}

export interface EmbeddingRanking {
  readonly kind: 'embedding';
  readonly textTokens: number;
  readonly inputs: number;
  readonly maskHistory: boolean;
}

export interface MergeSettings {
  readonly method: string;
  /** Of a merge with a search among its inputs: what the search leaves as it is. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Absent where every depth has the same values. */
  readonly gradients?: DepthGradients;
}

/** Where a trial of a search is measured: a domain, with the checkpoints as its merge sees them. */
export interface SearchPlace {
  readonly domain: string;
  /** Of `inputs.models`, in the order in which the method takes them. */
  readonly models: readonly number[];
  /** Of `inputs.bases`; null: the method has none. */
  readonly base: number | null;
  /** Of `inputs.models`: whose id rows are restored. */
  readonly rows: number | null;
  /** On validation and test window, as an evaluation of its own would be. */
  readonly evaluations: readonly EvaluateSettings[];
}

/** Looks for the best numbers of a merge. */
export interface SearchSettings extends MergeSettings {
  readonly weights?: WeightShape;
  /** Of the models, in the order of `inputs.models`. */
  readonly labels: readonly string[];
  readonly axes: readonly Axis[];
  readonly strategy: StrategyName;
  readonly budget: number;
  readonly patience: number | null;
  readonly objective: SearchPlan['objective'];
  readonly split: 'validation' | 'test';
  readonly places: readonly SearchPlace[];
}

/** Ranks the test users of one domain with one checkpoint. */
export interface EvaluateSettings {
  readonly domain: string;
  readonly test: Period;
  readonly sampling: Sampling;
  readonly users: number;
  readonly beam: number;
  readonly batchUsers: number;
  readonly cutoffs: readonly number[];
  /** Absent: `test` is the test window. */
  readonly split?: 'validation';
  /** Absent: semantic ids. */
  readonly paradigm?: TitleRanking | EmbeddingRanking;
}

export interface BaselineSettings {
  readonly domain: string;
  readonly test: Period;
  readonly lastStage: Period;
  readonly sampling: Sampling;
  readonly users: number;
  readonly cutoffs: readonly number[];
}

/** Trains and ranks a SASRec-style transformer over item ids: a baseline on our own engine. */
export interface ItemTransformerSettings {
  readonly domain: string;
  readonly model: Experiment['model'];
  /** All training stages. */
  readonly period: Period;
  readonly test: Period;
  readonly sampling: Sampling;
  readonly optimizer: OptimizerSettings;
  readonly users: number;
  readonly beam: number;
  readonly batchUsers: number;
  readonly cutoffs: readonly number[];
}

/** Statistics of the task vectors of some checkpoints; see `taskVectorTable`. */
export interface TaskVectorSettings {
  readonly kind: 'task-vectors';
  readonly trim: number;
  readonly range: number;
  readonly tensors: 'body' | 'all';
  readonly spectrum: boolean;
}

/** Whose teacher-forced loss a landscape shows: test users of each domain, the target scored. */
export interface ProbeSettings {
  readonly domains: readonly string[];
  readonly test: Period;
  readonly sampling: Sampling;
  readonly users: number;
  readonly tokensPerBatch: number;
  /** Of semantic ids of a base that knows text; id tokens count 1 each. */
  readonly splitSoftmax?: boolean;
  /** Absent: semantic ids. */
  readonly paradigm?: TitleTraining | EmbeddingTraining;
}

/** The loss along the straight path between two checkpoints, or on the plane through three. */
export type LandscapeSettings =
  | { readonly kind: 'path'; readonly points: number; readonly probe: ProbeSettings }
  | {
      readonly kind: 'plane';
      readonly points: number;
      readonly margin: number;
      readonly probe: ProbeSettings;
    };

/** The best weight of each domain against characteristics of its interactions. */
export interface RegressionSettings {
  readonly kind: 'weight-regression';
  readonly domains: readonly string[];
  /** That were tried in every domain. */
  readonly weights: readonly number[];
  readonly seeds: number;
  /** The weight is chosen there, else on the test window itself. */
  readonly hasValidation: boolean;
  readonly metric: 'recall' | 'ndcg' | 'mrr';
  readonly k: number;
  readonly features: readonly (typeof FEATURES)[number][];
  readonly stages: readonly Period[];
  readonly test: Period;
  readonly sampling: Sampling;
  readonly users: number;
}

export type AnalysisSettings =
  | TaskVectorSettings
  | LandscapeSettings
  | RegressionSettings
  | LearningCurveSettings
  | ScalingSettings;
