import type { Period } from '../data/types.ts';

/** Values of a side feature of items, and the value of each item. */
export interface FeatureVocabulary {
  readonly name: string;
  /** Row of the feature's table → value; row 0 is '', which stands for unknown. */
  readonly values: readonly string[];
  /** Per row of the item table: the row of its value. */
  readonly ofItem: Uint32Array<ArrayBuffer>;
}

/** The names behind the rows of a behaviour model's tables. */
export interface VocabularyNames {
  readonly items: readonly string[];
  readonly features: readonly Pick<FeatureVocabulary, 'name' | 'values'>[];
}

/** What the rows of a behaviour model's tables mean: one vocabulary for all domains. */
export interface BehaviourVocabulary extends VocabularyNames {
  /** Row of the item table → `domain/item id`; row 0 is '', unknown items and padding. */
  readonly items: readonly string[];
  readonly features: readonly FeatureVocabulary[];
}

/** One impression: a history, a candidate, and whether it was clicked. Items are table rows. */
export interface ClickSample {
  /** Index of the user in the domain. */
  readonly user: number;
  /** Oldest first, the newest `history` items. */
  readonly history: readonly number[];
  readonly candidate: number;
  readonly label: 0 | 1;
  readonly timeMs: number;
  /** One per `NUMBERS` name asked for, known at `timeMs`, roughly within ±3. */
  readonly numbers: readonly number[];
}

/**
 * Where impressions come from. `last`: the last interaction of each user, the official program's
 * rule; `all`: every interaction with enough earlier ones; both with drawn negatives.
 * `impressions`: what was shown and not clicked.
 */
export type SampleRule = 'last' | 'all' | 'impressions';

/** Numbers of a candidate at the time of an impression; only what was known by then counts. */
export const NUMBERS = ['popularity', 'itemAge', 'historyLength'] as const;
export type NumberName = (typeof NUMBERS)[number];

/** Categorical features of the moment, which join at the head. Times are UTC. */
export const MOMENTS = ['hour', 'weekday'] as const;
export type MomentName = (typeof MOMENTS)[number];

export interface BehaviourOptions {
  readonly samples: SampleRule;
  /** Training periods in time order; a sample belongs to the period that its time lies in. */
  readonly stages: readonly Period[];
  readonly test: Period;
  /**
   * Of the users (impression lists), by their last time: those up to this quantile train, later ones
   * test. Needs one stage, which then ends where the test begins. null: the periods decide.
   */
  readonly trainShare: number | null;
  /** Drawn for each positive, uniformly among the domain's items without the positive. */
  readonly negatives: number;
  /** Another number draws other negatives; absent = 0. */
  readonly draw?: number;
  /** Most items of a history. */
  readonly history: number;
  /** Users with fewer interactions have no samples and no sequence. */
  readonly minInteractions: number;
  /** Side features to use; null: all that the data have. */
  readonly features: readonly string[] | null;
  readonly numbers: readonly NumberName[];
}

/** What became of one domain's data; shown to the user. */
export interface BehaviourReport {
  readonly domain: string;
  readonly users: number;
  readonly items: number;
  /** Users left out for having too few interactions. */
  readonly shortUsers: number;
  readonly sequences: number;
  /** Targets that pretraining predicts. */
  readonly pretrainTargets: number;
  /** Per period, the test last. */
  readonly windows: readonly {
    readonly name: string;
    readonly startMs: number;
    readonly endMs: number;
    readonly samples: number;
    readonly positives: number;
    readonly users: number;
    /** Samples whose candidate pretraining has never seen. */
    readonly unseenCandidates: number;
  }[];
  /** Per side feature: values, and items without one (the unknown bucket). */
  readonly features: readonly {
    readonly name: string;
    readonly values: number;
    readonly unknownItems: number;
  }[];
  /** How negatives came about, in words for the reader. */
  readonly negatives: string;
}

export interface BehaviourDomain {
  readonly domain: string;
  /** By the index that samples name users by. */
  readonly userIds: readonly string[];
  /**
   * For pretraining: item rows, oldest first, the newest `history` + 1 (the last is a target only).
   * No target of a sample is among them as such.
   */
  readonly sequences: readonly (readonly number[])[];
  /** Stage name → its samples. */
  readonly train: ReadonlyMap<string, readonly ClickSample[]>;
  readonly test: readonly ClickSample[];
  readonly report: BehaviourReport;
}

export interface BehaviourData {
  readonly vocabulary: BehaviourVocabulary;
  readonly domains: readonly BehaviourDomain[];
}

/** GPSD's transfer strategies. */
export const STRATEGIES = ['NT', 'FT', 'ST', 'FT&SF', 'ST&SF'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Whether a strategy takes over the transformer's blocks, and not its tables alone. */
export function transfersDense(strategy: Strategy): boolean {
  return strategy.startsWith('FT');
}

/** Metrics of one set of impressions. */
export interface ClickMetrics {
  /** 0 … 1; null when one class is missing. */
  readonly auc: number | null;
  /** 0 … 1, over users with both classes; null when there is none. */
  readonly gauc: number | null;
  /** Users that GAUC leaves out: one class only. */
  readonly gaucLeftOut: number;
  readonly gaucUsers: number;
  /** Mean binary cross-entropy, nats. */
  readonly logLoss: number;
  readonly impressions: number;
  readonly positives: number;
}

/** Both sides of the generalisation gap after an epoch; epoch 0 is before training. */
export interface EpochMetrics {
  readonly epoch: number;
  /** On a fixed draw of the training samples. */
  readonly train: ClickMetrics;
  readonly test: ClickMetrics;
}
