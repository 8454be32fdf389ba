import type { FEATURES } from '../experiment/analysis-section.ts';
import type { Period } from '../../rec/data/types.ts';

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

/** A base from files, by its digest: `JobContext.imported` holds it. */
export interface ImportedSettings {
  readonly imported: string;
}

/** What a cell learns beside the plain sequences of ids; see `taskRows`. */
export interface TaskSettings {
  readonly alignment: number;
  readonly mixed: boolean;
  readonly textTokens: number;
  readonly splitSoftmax: boolean;
  readonly idWeight: number;
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
