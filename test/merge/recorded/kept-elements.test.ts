import { beforeAll, describe, expect, it } from 'vitest';
import { compileKernels } from '../../../scripts/wasm-kernels.ts';

type Kernel = (...parameters: readonly number[]) => number;

const BITS = 65536;
const VALUES = 2 * 65536;

describe('elements that a step has left', () => {
  let memory: WebAssembly.Memory;
  let kernel: (name: string) => Kernel;
  beforeAll(async () => {
    memory = new WebAssembly.Memory({ initial: 40, maximum: 65536 });
    const bytes = new Uint8Array(await compileKernels('relaxed'));
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
    kernel = (name) => instance.exports[name] as Kernel;
  });

  it.each([1, 3, 4, 31, 32, 33, 63, 64, 100, 4096])('are the same %i by their bits', (count) => {
    const dropped = Float32Array.from({ length: count }, (_, i) =>
      (i * 7919) % 5 < 2 ? 0 : i % 11 === 3 ? -0 : (i % 13) - 6.5,
    );
    const before = dropped.map((value, i) => (Object.is(value, 0) ? i - 1.5 : value));
    const words = Math.ceil(count / 32);
    // The second block of a section: its bits lie 4096 behind the first one's.
    const bits = new Uint32Array(memory.buffer, BITS, 128 + words + 1);
    bits.fill(0).fill(0xffffffff, 128 + words);
    const room = Math.ceil(count / 4) * 4;
    const values = new Float32Array(memory.buffer, VALUES, room + 4).fill(Number.NaN);
    values.set(dropped);
    kernel('range_note_kept')(BITS, VALUES, count, 4096);
    expect(Array.from(bits.subarray(0, 128)).every((word) => word === 0)).toBe(true);
    expect(bits[128 + words]).toBe(0xffffffff);
    for (let i = 0; i < words * 32; i++) {
      const isNoted = (((bits[128 + (i >>> 5)] ?? 0) >>> (i & 31)) & 1) === 1;
      expect(isNoted).toBe(i < count && !Object.is(dropped[i], 0));
    }
    values.set(before);
    kernel('range_keep_noted')(VALUES, BITS, count, 4096);
    const found = new Uint32Array(values.slice(0, count).buffer);
    expect(found).toEqual(new Uint32Array(dropped.buffer));
    // Nothing behind the last vector is touched.
    expect(values.subarray(room).every(Number.isNaN)).toBe(true);
  });
});
