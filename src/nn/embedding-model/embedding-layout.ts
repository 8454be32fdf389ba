import { RandomStream } from '../../core/rng.ts';
import { AppError } from '../../core/errors.ts';
import type { ModelConfig } from '../transformer/config.ts';
import { INITIAL_DEVIATION } from '../transformer/init.ts';
import {
  bodyGroups,
  BODY_PREFIX,
  checkConfig,
  EMBEDDING,
  layerNames,
  parameterLayout,
} from '../transformer/layout.ts';
import { tableOf, tensorOf } from '../graph/parameter-table.ts';
import { INITIAL_LOGIT_SCALE } from '../ops/info-nce.ts';
import type { ParameterTable } from '../graph/parameter-table.ts';

/** Before the names that the item encoder's tensors have in the base model. */
export const ITEM_ENCODER = 'item_encoder.';
export const ITEM_PREFIX = `${ITEM_ENCODER}${BODY_PREFIX}`;
export const USER_PREFIX = 'user_encoder.';
/** The row after the last token of the embedding: its id is the base's vocabulary size. */
export const ITEM_TOKEN = 'item_token';
export const LOGIT_SCALE = 'logit_scale';

const NORM = 'norm.weight';

/**
 * Layers of the base that the user encoder begins with: its first and its last. A base of one
 * layer gives one.
 */
export function userLayers({ layers }: ModelConfig): readonly number[] {
  return layers === 1 ? [0] : [0, layers - 1];
}

/**
 * Item encoder (the body of the base, and the item token as one more row of its embedding), user
 * encoder (layers and final norm) and logit scale.
 * @errors invalid-argument when the base's sizes cannot run on the kernels
 */
export function embeddingTable(base: ModelConfig): ParameterTable {
  checkConfig(base);
  const { vocabSize, width, layers } = base;
  const table = `${ITEM_ENCODER}${EMBEDDING}`;
  const groups = [
    [{ name: table, shape: [vocabSize, width] }],
    [{ name: ITEM_TOKEN, shape: [1, width] }],
    ...bodyGroups(base, ITEM_PREFIX, layers),
    ...bodyGroups(base, USER_PREFIX, userLayers(base).length),
    [{ name: LOGIT_SCALE, shape: [1] }],
  ];
  return { ...tableOf(groups), rowTables: [table] };
}

/**
 * Parameters of an embedding model that starts from a language model: both encoders are copies,
 * the item token is N(0, 0.02²), the temperature 0.07. The base's untied head has no part in it.
 * @param parameters the base's arena
 * @errors layout-mismatch, invalid-argument
 */
export function createEmbeddingModel(
  base: ModelConfig,
  parameters: Float32Array<ArrayBuffer>,
  seed: number,
): Float32Array<ArrayBuffer> {
  const source = parameterLayout(base);
  if (parameters.length !== source.length) {
    throw new AppError('layout-mismatch', 'The weights do not fit the base model.', {
      hint: 'Use the configuration that the weights were trained with.',
    });
  }
  const { layout } = embeddingTable(base);
  const arena = new Float32Array(layout.length);
  const put = (name: string, values: ArrayLike<number>) => {
    tensorOf(layout, arena, name).set(values);
  };
  const copied = [
    EMBEDDING,
    ...Array.from({ length: base.layers }, (_, i) => tensorsOf(base, i, BODY_PREFIX)).flat(),
    `${BODY_PREFIX}${NORM}`,
  ];
  for (const name of copied) put(`${ITEM_ENCODER}${name}`, tensorOf(source, parameters, name));
  userLayers(base).forEach((from, to) => {
    const targets = tensorsOf(base, to, USER_PREFIX);
    tensorsOf(base, from, BODY_PREFIX).forEach((name, index) => {
      put(targets[index] ?? '', tensorOf(source, parameters, name));
    });
  });
  put(`${USER_PREFIX}${NORM}`, tensorOf(source, parameters, `${BODY_PREFIX}${NORM}`));
  const random = new RandomStream(seed, ITEM_TOKEN);
  const token = Float32Array.from(
    { length: base.width },
    () => INITIAL_DEVIATION * random.nextNormal(),
  );
  put(ITEM_TOKEN, token);
  put(LOGIT_SCALE, [INITIAL_LOGIT_SCALE]);
  return arena;
}

function tensorsOf({ qkNorm }: ModelConfig, layer: number, prefix: string): string[] {
  return Object.entries(layerNames(layer, prefix)).flatMap(([key, name]) =>
    qkNorm || (key !== 'qNorm' && key !== 'kNorm') ? [name] : [],
  );
}
