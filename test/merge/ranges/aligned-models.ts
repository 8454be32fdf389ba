import { RandomStream } from '../../../src/core/rng.ts';
import type { FloatType } from '../../support/models/tiny-checkpoint.ts';
import type { Models } from '../stream/checkpoints.ts';
import { modelFiles, type ModelOptions } from '../stream/model-files.ts';

const WORDS = Array.from({ length: 900 }, (_, k) => `w${k}`);
export const EMBEDDING = 'model.embed_tokens.weight';

/** Words of a model in an order of its own, the first of them like those of all others. */
export function wordsOf(seed: number, share: number): string[] {
  const random = new RandomStream(seed, 'words');
  const own = WORDS.filter(() => random.nextUniform() < share);
  const kept = own.slice(0, 300);
  const rest = own.slice(300).map((word) => ({ word, place: random.nextUniform() }));
  return [...kept, ...rest.sort((a, b) => a.place - b.place).map(({ word }) => word)];
}

const tokenizer = (words: readonly string[]) => ({
  version: '1.0',
  model: { type: 'WordLevel', vocab: Object.fromEntries(words.map((word, id) => [word, id])) },
});

/** A seeded model with tables of tokens: `spare` rows more than its tokenizer has words. */
export function vocabularyModel(
  seed: number,
  dtype: FloatType,
  { share = 0.6, spare = 5, ...rest }: ModelOptions & { share?: number; spare?: number } = {},
) {
  const words = wordsOf(seed, share);
  const rows = words.length + spare;
  const shapes = {
    [EMBEDDING]: [rows, 331],
    'model.layers.0.mlp.up_proj.weight': [5, 7],
    'model.norm.weight': [331],
    'lm_head.weight': [rows, 331],
    'lm_head.bias': [rows],
    final_logits_bias: [1, rows],
  };
  const config = { vocab_size: rows, num_hidden_layers: 1 };
  const extra = { 'tokenizer.json': tokenizer(words) };
  return modelFiles(seed, { shapes, dtype, config, extra, ...rest });
}

/** Three types, and words that each has, that some have and that one has. */
export const ALIGNED_MODELS: Models = {
  base: vocabularyModel(1, 'BF16', { share: 0.9 }),
  a: vocabularyModel(2, 'BF16'),
  b: vocabularyModel(3, 'F16'),
  c: vocabularyModel(4, 'F32', { spare: 0 }),
};
