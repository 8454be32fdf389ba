import { RandomStream } from '../src/core/rng.ts';
import type { ModelConfig } from '../src/nn/transformer/config.ts';
import type { Sample } from '../src/rec/data/types.ts';
import { TEXT_SPECIAL_TOKENS } from '../src/rec/semantic-ids/vocabulary.ts';
import type { Size } from './suite.ts';
import { trainStepFlops } from './workload.ts';

/** Items of the invented catalogue. */
export const ITEMS = 3000;
/** Items of every history. */
export const HISTORY = 10;
/** Tokens of the shortest and of the longest title, all lengths between being as likely. */
const TITLE_TOKENS = [4, 12] as const;
/** Tokens of a title on average, with the separator or item token that follows it. */
export const MEAN_TITLE = (TITLE_TOKENS[0] + TITLE_TOKENS[1]) / 2 + 1;
const VOCABULARY = 1024;

/** Widths and depths of the training steps with the same size, Qwen-shaped as the product's models. */
const SHAPES: Readonly<Record<Size, { width: number; layers: number; heads: number }>> = {
  nano: { width: 64, layers: 2, heads: 4 },
  small: { width: 128, layers: 2, heads: 4 },
  medium: { width: 256, layers: 8, heads: 8 },
  large: { width: 768, layers: 14, heads: 12 },
};

/** A language model over the catalogue's tokens. */
export function textModel(size: Size, maxPositions: number): ModelConfig {
  const { width, layers, heads } = SHAPES[size];
  return {
    vocabSize: VOCABULARY,
    width,
    layers,
    heads,
    kvHeads: heads / 2,
    headWidth: width / heads,
    feedForward: Math.ceil((8 * width) / 3 / 32) * 32,
    tied: true,
    qkNorm: true,
    normEps: 1e-6,
    ropeTheta: 10000,
    maxPositions,
  };
}

/** Token ids of the titles: random, and the same ones for every engine; no special tokens. */
export function catalogueTokens(): number[][] {
  const random = new RandomStream(1, 'bench titles');
  const [shortest, longest] = TITLE_TOKENS;
  const first = TEXT_SPECIAL_TOKENS.length;
  return Array.from({ length: ITEMS }, () => {
    const length = shortest + random.nextInt(longest - shortest + 1);
    return Array.from({ length }, () => first + random.nextInt(VOCABULARY - first));
  });
}

/** One token is one word: a tokenizer that takes no time. */
export function wordsOf(tokens: readonly number[]): string {
  return tokens.map((token) => `w${token.toString(36)}`).join(' ');
}

/** The inverse of `wordsOf`. */
export function tokensOf(text: string): number[] {
  return text === '' ? [] : text.split(' ').map((word) => Number.parseInt(word.slice(1), 36));
}

/** Random item vectors, f32[ITEMS, width]: the time of a ranking does not depend on them. */
export function catalogueVectors(width: number): Float32Array {
  const random = new RandomStream(3, 'bench vectors');
  return Float32Array.from({ length: ITEMS * width }, () => random.nextNormal());
}

/** Users with random histories. */
export function catalogueSamples(users: number): Sample[] {
  const random = new RandomStream(2, 'bench histories');
  return Array.from({ length: users }, (_, user) => ({
    user,
    target: 0,
    timeMs: 0,
    history: Array.from({ length: HISTORY }, () => random.nextInt(ITEMS)),
  }));
}

/** Floating-point operations of a forward pass without the head, `T` positions attended to. */
export function bodyFlops(config: ModelConfig, tokens: number, T: number): number {
  const body = { config: { ...config, vocabSize: 0 }, B: tokens / T, T };
  return trainStepFlops(body) / 3;
}
