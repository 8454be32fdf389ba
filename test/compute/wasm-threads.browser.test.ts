import { describe, expect, it } from 'vitest';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { createKernelThread } from '../../workers/machine/kernel-thread.ts';
import { checkKernel, dispatch } from '../support/ops/check-kernel.ts';
import { KERNEL_CASES } from '../support/ops/kernel-cases.ts';
import { bitsOf, WASM_BITS } from '../support/ops/wasm-bits.ts';
import { checkCpuExecutor } from './executor-suite.ts';

/** All kernels run in Node; what a page adds is workers as threads and the engine's own compiler. */
describe('WebAssembly executor in a page', () => {
  it('uses fused multiply-add and threads', async () => {
    const executor = await createWasmExecutor({ threads: 2, createThread: createKernelThread });
    expect(globalThis.crossOriginIsolated).toBe(true);
    expect(executor.profile.features).toEqual(['simd', 'relaxed-simd', 'threads']);
    expect(executor.profile.name).toBe('CPU (WebAssembly SIMD, 2 threads)');
    await checkCpuExecutor(executor);
  });

  it('computes the bits that Node computes, in plain SIMD on two threads', async () => {
    const options = { threads: 2, createThread: createKernelThread, mayRelax: false };
    const executor = await createWasmExecutor(options);
    expect(executor.profile.features).toEqual(['simd', 'threads']);
    for (const [name, digest] of WASM_BITS) expect(await bitsOf(executor, name), name).toBe(digest);
    executor.destroy();
  });

  it('is close to float64 with fused multiply-add, with the same bits in three shares', async () => {
    const alone = await createWasmExecutor();
    const shared = await createWasmExecutor({ threads: 3, createThread: createKernelThread });
    expect(shared.profile.limits['threads']).toBe(3);
    const names = WASM_BITS.map(([name]) => name);
    const cases = KERNEL_CASES.filter(({ name }) => names.includes(name));
    expect(cases).toHaveLength(names.length);
    for (const one of cases) {
      await checkKernel(shared, one);
      expect(await dispatch(shared, one), one.name).toEqual(await dispatch(alone, one));
    }
    alone.destroy();
    shared.destroy();
  });
});
