import type { ByteSource } from '../../../src/io/byte-source.ts';
import { blobSource } from '../../../src/io/byte-source.ts';
import type { ModelConfig } from '../../../src/nn/transformer/config.ts';
import { toHfConfig } from '../../../src/nn/transformer/hf-config.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';

export const TINY: ModelConfig = {
  vocabSize: 12,
  width: 8,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headWidth: 8,
  feedForward: 12,
  tied: true,
  qkNorm: true,
  normEps: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 32,
};

export type FloatType = 'F32' | 'F16' | 'BF16';

export interface RawTensor {
  readonly shape: readonly number[];
  readonly dtype: FloatType;
  readonly bytes: Uint8Array;
}

/** Tensors of a seeded tiny model; values are such that every type holds them exactly. */
export function tinyTensors(config: ModelConfig, dtype: FloatType): Map<string, RawTensor> {
  const layout = parameterLayout(config);
  const arena = initialParameters(config, 7).map((value) => Math.round(value * 512) / 512);
  return new Map(
    layout.entries.map(({ name, shape }) => [
      name,
      { shape, dtype, bytes: bytesOf(tensorOf(layout, arena, name), dtype) },
    ]),
  );
}

/** The arena of the same model. */
export function tinyArena(config: ModelConfig): Float32Array<ArrayBuffer> {
  return initialParameters(config, 7).map((value) => Math.round(value * 512) / 512);
}

function bytesOf(values: Float32Array, dtype: FloatType): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.slice().buffer);
  const bits = new Uint32Array(values.slice().buffer);
  const halves = Uint16Array.from(bits, (word) => {
    if (dtype === 'BF16') return word >>> 16;
    const exponent = (word >>> 23) & 0xff;
    const half = exponent === 0 ? 0 : ((exponent - 112) << 10) | ((word >>> 13) & 0x3ff);
    return ((word >>> 16) & 0x8000) | half;
  });
  return new Uint8Array(halves.buffer);
}

export function safetensorsBytes(tensors: ReadonlyMap<string, RawTensor>): Uint8Array<ArrayBuffer> {
  let end = 0;
  const fields = [...tensors].map(([name, { dtype, shape, bytes }]) => {
    const start = end;
    end += bytes.length;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [start, end] })}`;
  });
  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const file = new Uint8Array(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = 8 + header.length;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

export type Folder = Map<string, Uint8Array<ArrayBuffer>>;

export function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** The files of a tiny checkpoint, without a tokenizer. */
export function tinyFolder(config: ModelConfig = TINY, dtype: FloatType = 'F32'): Folder {
  return new Map([
    ['config.json', jsonBytes(toHfConfig(config))],
    ['model.safetensors', safetensorsBytes(tinyTensors(config, dtype))],
  ]);
}

/** The same with the weights in `count` shards and their index. */
export function shardedFolder(config: ModelConfig, dtype: FloatType, count: number): Folder {
  const folder = tinyFolder(config, dtype);
  folder.delete('model.safetensors');
  const tensors = [...tinyTensors(config, dtype)];
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < count; shard++) {
    const name = `model-0000${String(shard + 1)}-of-0000${String(count)}.safetensors`;
    const own = tensors.filter((_, index) => index % count === shard);
    for (const [tensor] of own) weightMap[tensor] = name;
    folder.set(name, safetensorsBytes(new Map(own)));
  }
  folder.set('model.safetensors.index.json', jsonBytes({ metadata: {}, weight_map: weightMap }));
  return folder;
}

export function sourcesOf(folder: Folder, prefix = ''): ByteSource[] {
  return [...folder].map(([name, bytes]) => blobSource(`${prefix}${name}`, new Blob([bytes])));
}

/** `tokenizer.json` of words; each but the first two is one of `words`. */
export function wordTokenizer(words: readonly string[]): Readonly<Record<string, unknown>> {
  const vocab = Object.fromEntries(['</s>', '[unk]', ...words].map((word, id) => [word, id]));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    added_tokens: [{ id: 0, content: '</s>', ...flags, special: true }],
    pre_tokenizer: { type: 'WhitespaceSplit' },
    model: { type: 'WordLevel', vocab, unk_token: '[unk]' },
  };
}

/** A tiny checkpoint with a tokenizer: all that a base needs. */
export function baseFolder(config: ModelConfig = TINY, dtype: FloatType = 'F32'): Folder {
  const words = Array.from({ length: config.vocabSize - 4 }, (_, index) => `word${String(index)}`);
  return new Map([
    ...tinyFolder(config, dtype),
    ['tokenizer.json', jsonBytes(wordTokenizer(words))],
  ]);
}
