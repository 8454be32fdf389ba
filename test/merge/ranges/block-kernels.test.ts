import { beforeAll, describe, expect, it } from 'vitest';
import { compileKernels } from '../../../scripts/wasm-kernels.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { decodeFloats } from '../../../src/io/safetensors-decode.ts';
import { encodeFloats } from '../../../src/io/safetensors-encode.ts';
import { nonFinite } from '../../../src/merge/stream/tensor-floats.ts';

type Kernel = (...parameters: readonly number[]) => number;

describe.each(['simd', 'relaxed'])('kernels on blocks (%s)', (flavour) => {
  let memory: WebAssembly.Memory;
  let kernel: (name: string) => Kernel;
  beforeAll(async () => {
    memory = new WebAssembly.Memory({ initial: 40, maximum: 65536 });
    const bytes = new Uint8Array(await compileKernels(flavour));
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
    kernel = (name) => instance.exports[name] as Kernel;
  });
  const FROM = 65536;
  const TO = 20 * 65536;
  /** Runs a kernel on bytes that begin `shift` after an aligned place. */
  const run = (name: string, bytes: Uint8Array, count: number, width: number, shifts: number[]) => {
    const [from = 0, to = 0] = shifts;
    new Uint8Array(memory.buffer).fill(0xab, FROM);
    new Uint8Array(memory.buffer, FROM + from).set(bytes);
    const bad = kernel(name)(TO + to, FROM + from, count);
    const room = new Uint8Array(memory.buffer, TO + to, count * width + 1);
    // Not a byte more.
    expect(room.at(-1)).toBe(0xab);
    return { bad, bytes: room.slice(0, -1) };
  };
  const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

  it.each(['BF16', 'F16'] as const)('decode every %s there is', (type) => {
    const bytes = new Uint8Array(halves.buffer);
    const expected = decodeFloats(bytes, type, 65536);
    const found = run(`range_decode_${type.toLowerCase()}`, bytes, 65536, 4, [1, 0]);
    expect(new Uint32Array(found.bytes.buffer)).toEqual(new Uint32Array(expected.buffer));
    expect(found.bad).toBe(nonFinite(expected));
  });

  it.each(['BF16', 'F16', 'F32'] as const)('decode any number of %s, and count the bad', (type) => {
    const width = type === 'F32' ? 4 : 2;
    for (let count = 0; count < 37; count++) {
      const values = Float32Array.from({ length: count }, (_, i) => (i % 3 === 1 ? i * 0.37 : -i));
      if (count > 0) values[count - 1] = Number.NaN;
      if (count > 2) values[0] = -Infinity;
      const bytes = encodeFloats(values, type);
      const found = run(`range_decode_${type.toLowerCase()}`, bytes, count, 4, [count % 5, 0]);
      expect(found.bytes).toEqual(new Uint8Array(decodeFloats(bytes, type, count).buffer));
      expect(found.bad).toBe(Math.min(count, count > 2 ? 2 : 1));
      expect(bytes.length).toBe(count * width);
    }
  });

  it.each(['BF16', 'F16', 'F32'] as const)('encode to %s as it is done elsewhere', (type) => {
    const edges = EDGES.flatMap((bits) => [bits, (bits | 0x80000000) >>> 0]);
    const random = new RandomStream(7, type);
    const bits = Uint32Array.from({ length: 200_003 }, (_, i) => {
      const edge = edges[i];
      if (edge !== undefined) return edge;
      // Half of them anywhere, half where binary16 has its values.
      if (i % 2 === 0) return Math.floor(random.nextUniform() * 2 ** 32);
      return 0x32000000 + Math.floor(random.nextUniform() * 0x17000000);
    });
    const values = new Float32Array(bits.buffer);
    const expected = encodeFloats(values, type);
    const width = type === 'F32' ? 4 : 2;
    const bytes = new Uint8Array(bits.buffer);
    const found = run(`range_encode_${type.toLowerCase()}`, bytes, values.length, width, [0, 3]);
    expect(found.bytes).toEqual(expected);
    expect(found.bad).toBe(nonFinite(decodeFloats(expected, type, values.length)));
  });

  it.each(['BF16', 'F16', 'F32'] as const)('encode any number of values to %s', (type) => {
    const width = type === 'F32' ? 4 : 2;
    for (let count = 0; count < 37; count++) {
      const values = Float32Array.from({ length: count }, (_, i) => (i + 1) * 0.1237);
      if (count > 0) values[count - 1] = 3.4e38;
      const bytes = new Uint8Array(values.buffer);
      const found = run(`range_encode_${type.toLowerCase()}`, bytes, count, width, [0, count % 3]);
      const expected = encodeFloats(values, type);
      expect(found.bytes).toEqual(expected);
      expect(found.bad).toBe(nonFinite(decodeFloats(expected, type, count)));
    }
  });

  it.each([0, 1])('add scalar products in float64 (differences: %s)', (relative) => {
    const random = new RandomStream(3, 'gram');
    for (const count of [1, 7, 8, 63, 4096]) {
      const [a, b, o] = [0, 1, 2].map(() =>
        Float32Array.from({ length: count }, () => random.nextNormal() * 1e15),
      );
      const at = [0, 1, 2].map((k) => TO + k * 65536);
      [a, b, o].forEach((values, k) => {
        new Float32Array(memory.buffer, at[k], count).set(values ?? []);
      });
      const sum = new Float64Array(memory.buffer, FROM, 1);
      sum[0] = 5;
      kernel('range_gram')(FROM, ...at, relative, count);
      let expected = 5;
      let size = 5;
      for (let i = 0; i < count; i++) {
        const zero = relative * (o?.[i] ?? 0);
        const product = ((a?.[i] ?? 0) - zero) * ((b?.[i] ?? 0) - zero);
        expected += product;
        size += Math.abs(product);
      }
      expect(Math.abs((sum[0] ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-13 * size);
      expect(size).toBeGreaterThan(1e29);
    }
  });

  it.each([1, 5, 4096, 5000])('add rows to the sums of their columns: %s columns', (width) => {
    const values = Float32Array.from({ length: 4096 }, (_, i) => Math.fround(Math.sin(i) * 1e9));
    const sums = new Float64Array(memory.buffer, FROM, width + 1).fill(0.25);
    const expected = new Float64Array(width + 1).fill(0.25);
    for (const [within, count] of [
      [0, 4096],
      [4096, 4095],
      [8191, 3],
    ] as const) {
      new Float32Array(memory.buffer, TO, count).set(values.subarray(0, count));
      kernel('range_column_sums')(FROM, TO, count, within, width);
      for (let i = 0; i < count; i++) {
        const column = (within + i) % width;
        expected[column] = (expected[column] ?? Number.NaN) + (values[i] ?? Number.NaN);
      }
    }
    expect(sums).toEqual(expected);
  });

  it.each([1, 5, 5000])('multiply and combine columns in float64: %s columns', (width) => {
    const random = new RandomStream(5, 'columns');
    const [count, within] = [4096, 4096];
    const [a, b, o] = [0, 1, 2].map(() =>
      Float32Array.from({ length: count }, () => random.nextNormal() * 1e10),
    );
    const at = [0, 1, 2].map((k) => TO + k * 65536);
    [a, b, o].forEach((values, k) => {
      new Float32Array(memory.buffer, at[k], count).set(values ?? []);
    });
    for (const relative of [0, 1]) {
      const products = new Float64Array(memory.buffer, FROM, width).fill(0.5);
      kernel('range_gram_columns')(FROM, ...at, relative, count, within, width);
      const coefficients = FROM + 65536;
      const table = new Float64Array(memory.buffer, coefficients, width);
      table.set(Float64Array.from({ length: width }, (_, c) => Math.sin(c + 1)));
      const target = TO + 3 * 65536;
      for (const start of [0, 1, 2]) {
        const result = new Float32Array(memory.buffer, target, count).fill(3);
        const [, x = 0, origin = 0] = at;
        const place = [count, within, width];
        kernel('range_add_columns')(target, x, origin, coefficients, relative, start, ...place);
        let worst = 0;
        for (let i = 0; i < count; i++) {
          const zero = relative * (o?.[i] ?? 0);
          const term = (table[(within + i) % width] ?? 0) * ((b?.[i] ?? 0) - zero);
          const begun = start === 0 ? 0 : start === 1 ? 3 : 3 + zero;
          const size = Math.abs(term) + Math.abs(begun);
          // NaN stays: the largest of it and anything is NaN.
          worst = Math.max(worst, Math.abs((result[i] ?? Number.NaN) - term - begun) / size);
        }
        expect(worst).toBeLessThanOrEqual(1.2e-7);
      }
      const expected = new Float64Array(width).fill(0.5);
      for (let i = 0; i < count; i++) {
        const zero = relative * (o?.[i] ?? 0);
        const column = (within + i) % width;
        expected[column] =
          (expected[column] ?? Number.NaN) + ((a?.[i] ?? 0) - zero) * ((b?.[i] ?? 0) - zero);
      }
      expect(products).toEqual(expected);
    }
  });
});

/** Around every limit of the three types. */
const EDGES = [
  ...[0, 1, 0x7fffff, 0x800000, 0x7f7fffff, 0x7f7f7fff, 0x7f7f8000, 0x7f800000],
  ...[0x7f800001, 0x7f80ffff, 0x7fc00000, 0x7fffffff, 0x3f808000, 0x3f818000, 0x3f817fff],
  ...[0x477fe000, 0x477fefff, 0x477ff000, 0x477fffff, 0x47800000],
  ...[0x387fffff, 0x38800000, 0x38801000, 0x38803000, 0x387fe000, 0x387fc000],
  ...[0x33000000, 0x33000001, 0x32ffffff, 0x33800000, 0x33c00000, 0x34200000],
].flatMap((bits) => [bits, bits + 1]);
