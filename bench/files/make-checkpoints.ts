import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planShards, type ShardTensor } from '../../src/io/safetensors-shards.ts';
import { configOf, tensorsOf, type ModelShape } from './model-shapes.ts';

/** Weights of a trained model, and how far training on one task more moves them. */
const WEIGHT_SCALE = 0.02;
const DELTA_SCALE = 0.001;
const BLOCK_ELEMENTS = 2 ** 20;
/** Of sparse files, every which block has numbers. */
const FILLED = 64;

export interface CheckpointOptions {
  /** Folders of the base and of the models made from it, in this order. */
  readonly folders: readonly string[];
  readonly shape: ModelShape;
  readonly seed: number;
  /** Writes only every 64th block: the rest is zero and takes no room on the disk. */
  readonly isSparse: boolean;
}

/**
 * Writes a base, values ~ N(0, 0.02), and models that are it plus N(0, 0.001) each, as bfloat16, one
 * file a folder. The same seed gives the same bytes. Files are on the disk when it returns.
 */
export function makeCheckpoints(options: CheckpointOptions): void {
  const { folders, shape } = options;
  const tensors = [...tensorsOf(shape)].map(([name, dims]): ShardTensor => ({
    ...{ name, dtype: 'BF16', shape: dims },
    sizeBytes: 2 * dims.reduce((product, size) => product * size, 1),
  }));
  const { shards, totalBytes } = planShards(tensors, Infinity);
  const [shard] = shards;
  if (shard === undefined) return;
  const files = folders.map((folder) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify(configOf(shape)));
    const file = openSync(join(folder, shard.fileName), 'w');
    writeSync(file, shard.header);
    ftruncateSync(file, shard.header.length + totalBytes);
    return file;
  });
  fill(files, shard.header.length, totalBytes / 2, options);
  for (const file of files) {
    fsyncSync(file);
    closeSync(file);
  }
}

function fill(
  files: readonly number[],
  start: number,
  elements: number,
  { seed, isSparse }: CheckpointOptions,
): void {
  const weights = gaussianTable(WEIGHT_SCALE);
  const deltas = gaussianTable(DELTA_SCALE);
  const next = xorshift(seed);
  const base = new Float32Array(BLOCK_ELEMENTS);
  const values = new Float32Array(BLOCK_ELEMENTS);
  const step = isSparse ? FILLED * BLOCK_ELEMENTS : BLOCK_ELEMENTS;
  for (let first = 0; first < elements; first += step) {
    const count = Math.min(BLOCK_ELEMENTS, elements - first);
    for (let i = 0; i < count; i++) base[i] = weights[next() & 0xffff] ?? 0;
    for (const [index, file] of files.entries()) {
      for (let i = 0; i < count; i++) {
        values[i] = (base[i] ?? 0) + (index === 0 ? 0 : (deltas[next() & 0xffff] ?? 0));
      }
      const bytes = bfloat16(values.subarray(0, count));
      writeSync(file, bytes, 0, bytes.length, start + 2 * first);
    }
  }
}

/** Rounds to nearest even; values are finite. */
function bfloat16(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) {
    const word = bits[i] ?? 0;
    halves[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return new Uint8Array(halves.buffer);
}

/** 65,536 draws of a normal distribution, to be drawn from again: quick, and normal enough. */
function gaussianTable(scale: number): Float32Array {
  const next = xorshift(20_140_101);
  const uniform = (): number => (next() >>> 8) / 2 ** 24 + 2 ** -25;
  return Float32Array.from(
    { length: 2 ** 16 },
    () => scale * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Marsaglia's xorshift of 32 bits; the seed is made one that is not zero. */
function xorshift(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}
