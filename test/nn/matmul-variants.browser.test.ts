import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { MATMUL_KERNELS } from '../../src/nn/ops/matmul.ts';
import { checkOp } from '../support/check-op.ts';
import { caseName, MATMUL_TABLE } from '../support/op-specs.ts';

/** Shaders with barriers take seconds to compile here, so the table is cut: `ops` runs all of it. */
const CASES = MATMUL_TABLE.flatMap(({ spec, cases }) => {
  const isWhole = spec.name === 'matmul nt with nothing';
  const isCut = !/nothing|nt with/.test(spec.name);
  const some = cases.filter(({ sizes }) => sizes['batch'] === 2 || sizes['M'] === 64);
  const kept = isWhole ? cases : isCut ? [] : some;
  return kept.map((opCase) => [`${spec.name} ${caseName(opCase)}`, spec, opCase] as const);
});

const HARDWARE = ['tile32', 'tile64', 'tile128', 'slices', 'registers4'];

describe.each(['plain', 'quads', ...HARDWARE, 'hardware'])('matmul variant %s', (variants) => {
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
    const got = [...(executor.profile.variants ?? [])].sort();
    const wanted =
      variants === 'hardware'
        ? ['matmul_nn tile32', 'matmul_nt skinny', 'matmul_nt tile32', 'matmul_tn tile32']
        : ['nn', 'nt', 'tn'].map((layout) => `matmul_${layout} ${variants}`);
    expect(got).toEqual(wanted);
  });
});

it('tests every variant that this adapter can run', () => {
  const names = MATMUL_KERNELS.flatMap(({ variants = [] }) => variants)
    // No float16 here: half-shaders.test.ts compiles those.
    .filter(({ features }) => features?.includes('shader-f16') !== true)
    .map(({ name }) => name);
  expect(new Set(names)).toEqual(new Set([...HARDWARE, 'quads', 'skinny']));
});
