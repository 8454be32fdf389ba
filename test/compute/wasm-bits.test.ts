import { describe, expect, it } from 'vitest';
import { withWasm } from '../support/machine/wasm.ts';
import { bitsOf, WASM_BITS } from '../support/ops/wasm-bits.ts';

describe('plain SIMD in Node', () => {
  it.each(WASM_BITS)('%s: the bits of every engine', async (name, digest) => {
    await withWasm({ mayRelax: false, threads: 2 }, async (executor) => {
      expect(await bitsOf(executor, name)).toBe(digest);
    });
  });
});
