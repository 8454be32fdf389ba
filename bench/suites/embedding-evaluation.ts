import { initialParameters } from '../../src/nn/transformer/init.ts';
import { createEmbeddingModel } from '../../src/nn/embedding-model/embedding-layout.ts';
import { encodeItems } from '../../src/rec/embedding/encode-items.ts';
import { rankByEmbedding } from '../../src/rec/embedding/rank-by-embedding.ts';
import type { BenchCase, BenchSuite, Size } from '../suite.ts';
import {
  bodyFlops,
  catalogueSamples,
  catalogueTokens,
  catalogueVectors,
  HISTORY,
  ITEMS,
  MEAN_TITLE,
  textModel,
} from '../text-catalogue.ts';

const TOP = 20;
/** Longest text and history that the models hold. */
const POSITIONS = 32;
/** One of the encoder's batches, nearly full, or several. */
const ENCODED: Readonly<Record<Size, number>> = {
  nano: 440,
  small: 440,
  medium: 3000,
  large: 3000,
};
const USERS = 256;
const SIZES: readonly Size[] = ['nano', 'small', 'medium', 'large'];

export const suite: BenchSuite = {
  name: 'embedding-evaluation',
  cases: SIZES.flatMap((size) => [encoding(size), ranking(size)]),
};

/** Items a second from tokens to vectors, loading the model included. */
function encoding(size: Size): BenchCase {
  const config = textModel(size, POSITIONS);
  const { width, layers } = config;
  const items = ENCODED[size];
  return {
    name: `encode items d ${width}, ${layers} layers, ${items} titles of 4 to 12 tokens`,
    size,
    unit: 'items/s',
    flops: bodyFlops(config, items * MEAN_TITLE, MEAN_TITLE),
    prepare(executor) {
      const parameters = createEmbeddingModel(config, initialParameters(config, 1), 1);
      const itemTokens = catalogueTokens().slice(0, items);
      return Promise.resolve({
        async round(repeats) {
          for (let i = 0; i < repeats; i++) {
            const vectors = await encodeItems(executor, { config, parameters, itemTokens });
            if (!vectors.every(Number.isFinite)) throw new Error('an item has no vector');
          }
          return repeats * items;
        },
        dispose: () => undefined,
      });
    },
  };
}

/** Users a second from histories to rankings of all items, loading the model included. */
function ranking(size: Size): BenchCase {
  const config = textModel(size, POSITIONS);
  const { width, layers } = config;
  const scoring = 2 * USERS * ITEMS * width;
  // First and last layer only.
  const encoder = { ...config, layers: Math.min(2, layers) };
  return {
    name: `rank by embedding d ${width}, ${encoder.layers} layers, ${ITEMS} items, ${HISTORY}-item histories`,
    size,
    unit: 'users/s',
    flops: bodyFlops(encoder, USERS * HISTORY, HISTORY) + scoring,
    prepare(executor) {
      const parameters = createEmbeddingModel(config, initialParameters(config, 1), 1);
      const itemVectors = catalogueVectors(width);
      const samples = catalogueSamples(USERS);
      const input = { config, parameters, itemVectors, samples, length: TOP };
      return Promise.resolve({
        async round(repeats) {
          for (let i = 0; i < repeats; i++) {
            const lists = await rankByEmbedding(executor, input);
            const short = lists.find(({ items }) => items.length !== TOP);
            if (short !== undefined || lists.length !== USERS) {
              throw new Error('a user was recommended too little');
            }
          }
          return repeats * USERS;
        },
        dispose: () => undefined,
      });
    },
  };
}
