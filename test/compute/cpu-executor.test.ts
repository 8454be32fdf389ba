import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { linearGroups, MAX_GROUPS } from '../../src/compute/kernel.ts';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { checkCpuExecutor } from './executor-suite.ts';

describe('CPU executors', () => {
  it('keep their promises: twins in TypeScript', () => checkCpuExecutor(createCpuExecutor()));

  it('keep their promises: WebAssembly', async () => {
    await checkCpuExecutor(await createWasmExecutor());
  });

  it('refuse work after they were closed', async () => {
    const executor = await createWasmExecutor();
    executor.destroy();
    expect(() => executor.allocate('x', 'f32', 4)).toThrowError(/was closed/);
  });
});

describe('linearGroups', () => {
  it.each([1, 64, 65, MAX_GROUPS * 64, MAX_GROUPS * 64 + 1, MAX_GROUPS * 64 * 3 + 5])(
    'covers %d threads within the dispatch limits',
    (threads) => {
      const [x, y, z] = linearGroups(threads, 64);
      expect(x * y * 64).toBeGreaterThanOrEqual(threads);
      expect(Math.max(x, y)).toBeLessThanOrEqual(MAX_GROUPS);
      expect(z).toBe(1);
    },
  );
});
