import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { MATMUL_KERNELS } from '../../src/nn/ops/matmul.ts';
import { checkOp } from '../support/check-op.ts';
import { caseName, MATMUL_TABLE } from '../support/op-specs.ts';

const ALL = MATMUL_TABLE.flatMap(({ spec, cases }) =>
  cases.map((opCase) => [`${spec.name} ${caseName(opCase)}`, spec, opCase] as const),
);

/** Shaders with barriers take seconds to compile on a software adapter: one layout tests sums. */
const FEW = ALL.filter(([name]) => /with nothing|nt with/.test(name));

const HARDWARE = ['tile32', 'tile64', 'tile128', 'slices', 'registers4'];

describe.each([
  ['plain', ALL],
  ['quads', ALL],
  ...HARDWARE.map((name) => [name, FEW] as const),
  ['hardware', FEW],
] as const)('matmul variant %s', (variants, cases) => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await createWebGpuExecutor({ variants });
  });

  afterAll(() => {
    executor.destroy();
  });

  it.each(cases)('%s', async (_, spec, opCase) => {
    await checkOp(executor, spec, { ...opCase, differences: false });
  });

  it('is what ran, and is on record', () => {
    const got = [...(executor.profile.variants ?? [])].sort();
    const wanted =
      variants === 'hardware'
        ? ['matmul_nn tile32', 'matmul_nt skinny', 'matmul_nt tile32', 'matmul_tn tile32']
        : ['nn', 'nt', 'tn'].map((layout) => `matmul_${layout} ${variants}`);
    expect(got).toEqual(wanted);
  });
});

it('tests every variant there is', () => {
  const names = MATMUL_KERNELS.flatMap(({ variants = [] }) => variants.map(({ name }) => name));
  expect(new Set(names)).toEqual(new Set([...HARDWARE, 'quads', 'skinny']));
});
