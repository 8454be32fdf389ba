/** Values that a short experiment document leaves out. Each is a plain number a reader can check. */

/** Semantic version of everything that decides a job's result; part of every job id. */
export const ENGINE_VERSION = '1.1';

export const EXPERIMENT_SCHEMA = 'mmgrid-experiment/1';

/** Sampling rule of MMGRid's code: >= 4 earlier items, history 30, <= 5 targets in pretrain. */
export const SAMPLING = { history: 30, minEarlier: 4, maxPretrainTargets: 5 } as const;

export const IDS = {
  levels: 3,
  codes: 64,
  features: 'both',
  dimensions: 32,
} as const;

export const MODEL = {
  layers: 2,
  width: 64,
  heads: 4,
  kvHeads: 2,
  headWidth: 16,
  feedForward: 192,
  tied: true,
} as const;

export const BASE = { source: 'sequences', epochs: 2, learningRate: 3e-3, score: 'all' } as const;

/** Of a base that is a language model of the item texts. */
export const TEXT_BASE = { tokens: 1024, textTokens: 24 } as const;

/** Of a base from files: taken as it is; a small rate where it is trained on all the same. */
export const IMPORTED_BASE = { epochs: 0, learningRate: 2e-4 } as const;

export const TRAINING = {
  tokensPerBatch: 1024,
  warmupSteps: 10,
  weightDecay: 0.01,
  clipNorm: 1,
  finalLearningRateFraction: 0,
  accumulationSteps: 1,
  recompute: false,
} as const;

/** The first stage learns the domain, later ones adjust: more epochs, larger rate for the first. */
export const FIRST_STAGE = { epochs: 3, learningRate: 2e-3, score: 'targets' } as const;
export const LATER_STAGE = { epochs: 2, learningRate: 5e-4, score: 'targets' } as const;

/** Of the item-id transformer, where the document asks for one. */
export const ITEM_TRANSFORMER = { epochs: 20, learningRate: 2e-3 } as const;

export const EVALUATION = {
  beam: 20,
  cutoffs: [5, 10, 20],
  maxUsers: 5000,
  crossMatrix: true,
  crossUsers: 500,
  baselines: true,
  batchUsers: 16,
} as const;

/** Of co-occurrence beside a model: what is tried on the validation window. */
export const HYBRID_WEIGHTS = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3] as const;

export const SEARCH = {
  strategy: 'grid',
  budget: 200,
  metric: 'recall',
  k: 10,
  domains: 'mean',
  split: 'validation',
} as const;
