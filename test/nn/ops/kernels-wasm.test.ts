import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { checkBeamSearch } from '../../support/models/beam-search.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { checkKernel, dispatch } from '../../support/ops/check-kernel.ts';
import { KERNEL_CASES } from '../../support/ops/kernel-cases.ts';
import { checkTableRanges } from '../../support/ops/split-table.ts';

const cases = KERNEL_CASES.map((one) => [one.name, one] as const);
const WAYS = [
  ['fused multiply-add', true],
  ['plain SIMD', false],
] as const;

describe.each(WAYS)('kernels outside of the ops in WebAssembly, %s', (_, mayRelax) => {
  let executor: Executor;
  let shared: Executor;

  beforeAll(async () => {
    executor = await openWasm({ mayRelax });
    shared = await openWasm({ mayRelax, threads: 3 });
  });

  afterAll(() => {
    executor.destroy();
    shared.destroy();
  });

  it.each(cases)('%s', async (_name, one) => {
    await checkKernel(executor, one);
  });

  it.each(cases)('%s: the same bits in three shares', async (_name, one) => {
    expect(await dispatch(shared, one)).toEqual(await dispatch(executor, one));
  });

  it('tables in ranges of rows give the same bits as whole ones', () => checkTableRanges(shared));

  it('beam search ranks as full attention over every item', async () => {
    await checkBeamSearch(shared, 64);
  });
});
