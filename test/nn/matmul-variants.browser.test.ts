import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { checkOp } from '../support/check-op.ts';
import { caseName, MATMUL_TABLE } from '../support/op-specs.ts';

const CASES = MATMUL_TABLE.flatMap(({ spec, cases }) =>
  cases.map((opCase) => [`${spec.name} ${caseName(opCase)}`, spec, opCase] as const),
);

describe.each(['plain', 'quads'])('matmul variant %s', (variants) => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await createWebGpuExecutor({ variants });
  });

  afterAll(() => {
    executor.destroy();
  });

  it.each(CASES)('%s', async (_, spec, opCase) => {
    await checkOp(executor, spec, { ...opCase, differences: false });
  });

  it('is what ran, and is on record', () => {
    const layouts = ['nn', 'nt', 'tn'];
    const wanted = layouts.map((layout) => `matmul_${layout} ${variants}`);
    expect([...(executor.profile.variants ?? [])].sort()).toEqual(wanted);
  });
});
