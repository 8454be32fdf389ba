import { elementCount } from '../../../src/core/layout.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { decodeFloats } from '../../../src/io/safetensors-decode.ts';
import { encodeFloats } from '../../../src/io/safetensors-encode.ts';
import { safetensorsBytes, type FloatType } from '../../support/models/tiny-checkpoint.ts';

export type Tensors = Readonly<Record<string, readonly number[]>>;
/** Files of a checkpoint by name. */
export type Files = Map<string, Uint8Array<ArrayBuffer>>;

/** Tensors of a model with two layers, by shape. */
export const SHAPES: Tensors = {
  'model.embed_tokens.weight': [12, 4],
  'model.layers.0.mlp.up_proj.weight': [6, 4],
  'model.layers.0.self_attn.q_proj.weight': [4, 4],
  'model.layers.1.mlp.up_proj.weight': [6, 4],
  'model.layers.1.self_attn.q_proj.weight': [4, 4],
  'model.norm.weight': [4],
  'lm_head.weight': [12, 4],
};

/** The shapes without one tensor. */
export function shapesWithout(name: string): Tensors {
  return Object.fromEntries(Object.entries(SHAPES).filter(([key]) => key !== name));
}

/** Seeded values that lie on the grid of the type. */
export function valuesOf(seed: number, name: string, count: number, dtype: FloatType) {
  const stream = new RandomStream(seed, name);
  const values = Float32Array.from({ length: count }, () => stream.nextNormal());
  return decodeFloats(encodeFloats(values, dtype), dtype, count);
}

export interface ModelOptions {
  readonly shapes?: Tensors;
  readonly dtype?: FloatType;
  /** Number of files; more than one needs an index. */
  readonly shards?: number;
  readonly config?: unknown;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly change?: (name: string, values: Float32Array) => void;
}

/** Files of a seeded model. */
export function modelFiles(seed: number, options: ModelOptions = {}): Files {
  const { shapes = SHAPES, dtype = 'F32', shards = 1 } = options;
  const files: Files = new Map();
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const values = valuesOf(seed, name, elementCount(shape), dtype);
    options.change?.(name, values);
    return [name, { shape, dtype, bytes: encodeFloats(values, dtype) }] as const;
  });
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const own = tensors.filter((_, index) => index % shards === shard);
    const name =
      shards === 1 ? 'model.safetensors' : `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    for (const [tensor] of own) weightMap[tensor] = name;
    files.set(name, safetensorsBytes(new Map(own)));
  }
  if (shards > 1) files.set('model.safetensors.index.json', json({ weight_map: weightMap }));
  files.set('config.json', json(options.config ?? { vocab_size: 12, num_hidden_layers: 2 }));
  for (const [name, value] of Object.entries(options.extra ?? {})) files.set(name, json(value));
  return files;
}

export function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}
