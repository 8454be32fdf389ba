import type { ModelConfig } from '../nn/config.ts';
import { DEFAULT_BUCKETS } from '../rec/batches.ts';
import { createVocabulary } from '../rec/vocabulary.ts';
import type { Vocabulary } from '../rec/vocabulary.ts';
import type { BaseSettings } from './job.ts';

/** Qwen3's constants; the document only chooses sizes. */
const QWEN3 = { qkNorm: true, normEps: 1e-6, ropeTheta: 1e6 } as const;

export function vocabularyOf({ levels, codes }: BaseSettings['vocabulary']): Vocabulary {
  return createVocabulary(levels, codes);
}

/** The model of a base job. Positions cover the longest compiled row of history and target. */
export function modelConfigOf(settings: Pick<BaseSettings, 'model' | 'vocabulary' | 'sampling'>) {
  const positions = (settings.sampling.history + 1) * settings.vocabulary.levels;
  const config: ModelConfig = {
    ...settings.model,
    ...QWEN3,
    vocabSize: vocabularyOf(settings.vocabulary).size,
    maxPositions: DEFAULT_BUCKETS.find((size) => size >= positions) ?? positions,
  };
  return config;
}
