import type {
  BehaviourOptions,
  MomentName,
  NumberName,
  Strategy,
} from '../../rec/behaviour/behaviour-types.ts';
import type { Period } from '../../rec/data/types.ts';
import type { BehaviourSizes, Ranker } from '../document/experiment-discriminative.ts';

/** Cuts sequences and impressions of all domains; the artefact is the report. */
export interface ClickDataSettings {
  /** Digest of interactions, side features and impressions. */
  readonly dataset: string;
  readonly domains: readonly string[];
  readonly filter: { readonly minCount: number; readonly startMs: number | null };
  readonly options: BehaviourOptions;
}

export interface ClickOptimizer {
  readonly epochs: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly finalLearningRateFraction: number;
}

/** Next-item pretraining on the sequences of all domains: the sparse and dense start of transfers. */
export interface PretrainSettings {
  /** Digest of the model from files that it starts from; absent: random weights. */
  readonly imported?: string;
  readonly sizes: BehaviourSizes;
  readonly history: number;
  readonly sequencesPerBatch: number;
  /** 0: full softmax. */
  readonly negatives: number;
  readonly optimizer: ClickOptimizer;
}

/** What joins at the click head, and how positions see each other. */
export interface ClickHeadSettings {
  readonly numbers: readonly NumberName[];
  readonly moments: readonly MomentName[];
  readonly attention: 'causal' | 'bidirectional';
}

/** Gives pretrained parameters a click head: what cells start from, and the base of their merges. */
export interface ClickStartSettings {
  readonly head: ClickHeadSettings;
}

/** Trains one cell: a domain's impressions of one stage by one transfer strategy. */
export interface ClickTrainSettings {
  readonly domain: string;
  readonly stage: string;
  readonly strategy: Strategy;
  /** Absent: the transformer that was pretrained. */
  readonly ranker?: Ranker;
  readonly sparse: 'items' | 'tables';
  readonly impressionsPerBatch: number;
  /** Training impressions that are measured after every epoch. */
  readonly probe: number;
  readonly optimizer: ClickOptimizer;
}

/** Scores the test impressions of one domain. */
export interface ClickEvaluateSettings {
  readonly domain: string;
  readonly test: Period;
  /** Scores without a model: how often the candidate was taken before the test. */
  readonly baseline?: 'popularity';
}

/** Curves of click models that were measured while they trained; the cells of one seed. */
export interface LearningCurveSettings {
  readonly kind: 'learning-curves';
}

/** Test metrics of one domain's click models against their size, and power laws through them. */
export interface ScalingSettings {
  readonly kind: 'scaling';
  readonly domain: string;
  readonly epoch: 'last' | 'best';
}
