import {
  arenaOfTensors,
  arenaSource,
  type Arena,
  type ArenaSource,
} from '../../core/arena-source.ts';
import { entryOf, type ParameterLayout } from '../../core/layout.ts';
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
/** Rows by the number of an item in its domain: they mean something there alone. */
export const ITEM_VECTORS = 'item_vectors.weight';

/** The base of both encoders, and what an embedding model has beside it. */
export interface EncoderConfig extends ModelConfig {
  /**
   * Rows of the vectors that items have beside their texts: at least the items of a domain, and equal
   * in domains that are merged. Absent: an item is its text.
   */
  readonly itemVectors?: number;
}

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
 * encoder (layers and final norm) and logit scale; the items' own vectors last, where there are any.
 * @errors invalid-argument when the base's sizes cannot run on the kernels
 */
export function embeddingTable(base: EncoderConfig): ParameterTable {
  checkConfig(base);
  const { vocabSize, width, layers, itemVectors } = base;
  const table = `${ITEM_ENCODER}${EMBEDDING}`;
  const groups = [
    [{ name: table, shape: [vocabSize, width] }],
    [{ name: ITEM_TOKEN, shape: [1, width] }],
    ...bodyGroups(base, ITEM_PREFIX, layers),
    ...bodyGroups(base, USER_PREFIX, userLayers(base).length),
    [{ name: LOGIT_SCALE, shape: [1] }],
    ...(itemVectors === undefined ? [] : [[{ name: ITEM_VECTORS, shape: [itemVectors, width] }]]),
  ];
  return { ...tableOf(groups), rowTables: [table] };
}

/**
 * Parameters of an embedding model that starts from a language model: both encoders are copies,
 * the item token is N(0, 0.02²), the temperature 0.07, items' own vectors are 0: every item begins as
 * its text. The base's untied head has no part in it.
 * @param parameters the base's arena
 * @errors layout-mismatch, invalid-argument
 */
export function createEmbeddingModel(
  base: EncoderConfig,
  parameters: Float32Array<ArrayBuffer>,
  seed: number,
): Float32Array<ArrayBuffer> {
  const source = layoutOfBase(base, parameters);
  const { copied, fresh } = originsOf(base, seed);
  const { layout } = embeddingTable(base);
  const arena = new Float32Array(layout.length);
  for (const { name } of layout.entries) {
    const values = fresh.get(name) ?? tensorOf(source, parameters, copied.get(name) ?? name);
    tensorOf(layout, arena, name).set(values);
  }
  return arena;
}

/** The same of a base that is read: so is what comes out. @errors as createEmbeddingModel */
export function openEmbeddingModel(base: EncoderConfig, arena: Arena, seed: number): ArenaSource {
  const before = layoutOfBase(base, arena);
  const { copied, fresh } = originsOf(base, seed);
  const own = arenaSource(arena);
  return arenaOfTensors(embeddingTable(base).layout, ({ name }) => {
    const values = fresh.get(name);
    if (values !== undefined) {
      const made = arenaSource(values);
      return (start, target) => made.read(start, target);
    }
    const { offset } = entryOf(before, copied.get(name) ?? name);
    return (start, target) => own.read(offset + start, target);
  });
}

function layoutOfBase(base: ModelConfig, { length }: Arena): ParameterLayout {
  const layout = parameterLayout(base);
  if (length === layout.length) return layout;
  throw new AppError('layout-mismatch', 'The weights do not fit the base model.', {
    hint: 'Use the configuration that the weights were trained with.',
  });
}

/** Which tensor of the base each tensor is a copy of, and the values of those that are none. */
function originsOf(base: EncoderConfig, seed: number) {
  const copied = new Map<string, string>();
  const body = Array.from({ length: base.layers }, (_, i) => tensorsOf(base, i, BODY_PREFIX));
  for (const name of [EMBEDDING, ...body.flat(), `${BODY_PREFIX}${NORM}`]) {
    copied.set(`${ITEM_ENCODER}${name}`, name);
  }
  userLayers(base).forEach((from, to) => {
    const targets = tensorsOf(base, to, USER_PREFIX);
    body[from]?.forEach((name, index) => copied.set(targets[index] ?? '', name));
  });
  copied.set(`${USER_PREFIX}${NORM}`, `${BODY_PREFIX}${NORM}`);
  const random = new RandomStream(seed, ITEM_TOKEN);
  const token = Float32Array.from(
    { length: base.width },
    () => INITIAL_DEVIATION * random.nextNormal(),
  );
  const fresh = new Map([
    [ITEM_TOKEN, token],
    [LOGIT_SCALE, Float32Array.of(INITIAL_LOGIT_SCALE)],
    [ITEM_VECTORS, new Float32Array((base.itemVectors ?? 0) * base.width)],
  ]);
  return { copied, fresh };
}

function tensorsOf({ qkNorm }: ModelConfig, layer: number, prefix: string): string[] {
  return Object.entries(layerNames(layer, prefix)).flatMap(([key, name]) =>
    qkNorm || (key !== 'qNorm' && key !== 'kNorm') ? [name] : [],
  );
}
