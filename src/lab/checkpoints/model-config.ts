import type { ModelConfig } from '../../nn/transformer/config.ts';
import { DEFAULT_BUCKETS } from '../../rec/rows/batches.ts';
import {
  createVocabulary,
  textVocabulary,
  type Vocabulary,
  type SpecialTokens,
} from '../../rec/semantic-ids/vocabulary.ts';
import type { Experiment } from '../experiment/experiment-types.ts';

/** Qwen3's constants; the document only chooses sizes. */
const QWEN3 = { qkNorm: true, normEps: 1e-6, ropeTheta: 1e6 } as const;

/** Levels and codes of the ids; `text` rows of text before them, absent without text. */
export interface VocabularySettings {
  readonly levels: number;
  readonly codes: number;
  readonly text?: number;
  /** Of an imported tokenizer; absent: SPECIAL_TOKENS. */
  readonly special?: SpecialTokens;
}

export function vocabularyOf({ levels, codes, text, special }: VocabularySettings): Vocabulary {
  if (text === undefined) return createVocabulary(levels, codes);
  return levels === 0
    ? textVocabulary(text, special)
    : createVocabulary(levels, codes, { textTokens: text, ...(special && { special }) });
}

/** Shortest longest row of a model that reads texts. */
const TEXT_POSITIONS = 64;

/** Positions of the longest compiled row: history and target, and texts where the base knows them. */
export function positionsOf(history: number, levels: number, readsText: boolean): number {
  const positions = Math.max((history + 1) * levels, readsText ? TEXT_POSITIONS : 0);
  return positionsFor(positions);
}

/** Sizes of a model made here, or an imported one with its constants. */
export type ModelShape = Experiment['model'] | ModelConfig;

export interface ModelSettings {
  readonly model: ModelShape;
  readonly vocabulary: VocabularySettings;
  readonly sampling: { readonly history: number };
}

/** The model of a cell, or of a base that learns from sequences. */
export function modelConfigOf({ model, vocabulary, sampling }: ModelSettings): ModelConfig {
  return {
    ...QWEN3,
    ...model,
    vocabSize: vocabularyOf(vocabulary).size,
    maxPositions: positionsOf(sampling.history, vocabulary.levels, vocabulary.text !== undefined),
  };
}

/** The base language model: text alone. Its positions are its own, cells may have more. */
export function languageModelConfigOf(settings: {
  readonly model: ModelShape;
  readonly vocabulary: VocabularySettings;
  readonly textTokens: number;
}): ModelConfig {
  const { model, vocabulary, textTokens } = settings;
  const maxPositions = positionsFor(textTokens + 2);
  return { ...QWEN3, ...model, vocabSize: vocabularyOf(vocabulary).size, maxPositions };
}

/** Positions of the shortest compiled row that holds so many tokens. */
export function positionsFor(tokens: number): number {
  return DEFAULT_BUCKETS.find((size) => size >= tokens) ?? tokens;
}
