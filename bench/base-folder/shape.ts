import type { ModelConfig } from '../../src/nn/transformer/config.ts';

/** Of Qwen3-0.6B: what `config.json` of that model says. */
const FULL: ModelConfig = {
  vocabSize: 151_936,
  width: 1024,
  layers: 28,
  heads: 16,
  kvHeads: 8,
  headWidth: 128,
  feedForward: 3072,
  tied: true,
  qkNorm: true,
  normEps: 1e-6,
  ropeTheta: 1e6,
  maxPositions: 40_960,
};

/** Rows of its embedding that no token has. */
const UNUSED_ROWS = 267;

/** What stands after the merged tokens of its vocabulary. */
const ADDED_TOKENS = 26;

const SCALES = [1, 2, 4, 8, 16] as const;
export type Scale = (typeof SCALES)[number];

/** Sizes of a folder that is written. */
export interface BaseShape {
  readonly config: ModelConfig;
  /** Ids of the tokenizer; the embedding has more rows, as that of Qwen3 has. */
  readonly tokens: number;
  readonly addedTokens: number;
}

/**
 * The shape of Qwen3-0.6B with every size divided by `scale`, its proportions kept: grouped heads
 * that are together wider than the model, norms of queries and keys, a tied embedding with rows
 * that no token has.
 */
export function baseShape(scale: Scale): BaseShape {
  const config: ModelConfig = {
    ...FULL,
    vocabSize: Math.ceil(FULL.vocabSize / scale / 64) * 64,
    width: FULL.width / scale,
    layers: Math.max(2, Math.round(FULL.layers / scale)),
    headWidth: FULL.headWidth / scale,
    feedForward: FULL.feedForward / scale,
  };
  const tokens = config.vocabSize - Math.ceil(UNUSED_ROWS / scale);
  return { config, tokens, addedTokens: ADDED_TOKENS };
}

/** @throws Error naming the scales there are */
export function readScale(text: string): Scale {
  const scale = SCALES.find((known) => String(known) === text);
  if (scale !== undefined) return scale;
  throw new Error(`--scale is one of ${SCALES.join(', ')}, not "${text}".`);
}
