import { nameToKey, threefry2x32 } from '../../src/core/rng.ts';
import { encodeFloats } from '../../src/io/safetensors-encode.ts';
import { INITIAL_DEVIATION } from '../../src/nn/transformer/init.ts';
import type { ModelConfig } from '../../src/nn/transformer/config.ts';
import { parameterLayout } from '../../src/nn/transformer/layout.ts';

/** Values that are made at a time. */
const PIECE = 2 ** 21;

/** Different values that a weight may have: quantiles of the normal distribution. */
const QUANTILES = 4096;

/**
 * A safetensors file of random bfloat16 weights, piece by piece: what `initialParameters` draws,
 * but out of a table of quantiles, since 600 million logarithms take minutes.
 */
export function* randomWeights(
  config: ModelConfig,
  seed: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const { entries } = parameterLayout(config);
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  let end = 0;
  const fields = sorted.map(({ name, shape, size }) => {
    const start = end;
    end += 2 * size;
    const field = { dtype: 'BF16', shape, data_offsets: [start, end] };
    return `${JSON.stringify(name)}:${JSON.stringify(field)}`;
  });
  yield headerBytes(`{"__metadata__":{"format":"pt"},${fields.join(',')}}`);
  for (const { name, shape, size } of sorted) {
    const isResidual = name.endsWith('o_proj.weight') || name.endsWith('down_proj.weight');
    const deviation = INITIAL_DEVIATION / (isResidual ? Math.sqrt(2 * config.layers) : 1);
    const table = shape.length === 1 ? null : quantiles(deviation);
    for (let start = 0; start < size; start += PIECE) {
      const length = Math.min(PIECE, size - start);
      yield table === null ? ones(length) : drawn(table, seed, nameToKey(name), start, length);
    }
  }
}

function headerBytes(json: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

function ones(length: number): Uint8Array<ArrayBuffer> {
  return encodeFloats(new Float32Array(length).fill(1), 'BF16');
}

/** Bits of the middles of equally likely intervals of N(0, deviation²). */
function quantiles(deviation: number): Uint16Array {
  const values = Float32Array.from(
    { length: QUANTILES },
    (_, index) => deviation * normalQuantile((index + 0.5) / QUANTILES),
  );
  return new Uint16Array(encodeFloats(values, 'BF16').buffer);
}

/** Values [start, start + length) of a tensor; four 12-bit places of each pair of random words. */
function drawn(
  table: Uint16Array,
  seed: number,
  key: number,
  start: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const values = new Uint16Array(length);
  for (let at = 0; at < length; at += 4) {
    const [first, second] = threefry2x32(seed, key, (start + at) >>> 0, 0);
    values[at] = table[first & 0xfff] ?? 0;
    values[at + 1] = table[(first >>> 12) & 0xfff] ?? 0;
    values[at + 2] = table[second & 0xfff] ?? 0;
    values[at + 3] = table[(second >>> 12) & 0xfff] ?? 0;
  }
  return new Uint8Array(values.buffer);
}

/** Inverse of the normal distribution function, by bisection: it is asked a few thousand times. */
function normalQuantile(share: number): number {
  let low = -8;
  let high = 8;
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(Z <= z): the series of the error function, which converges wherever it is asked here. */
function normalShare(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 1; k < 200; k++) {
    term *= (z * z) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
