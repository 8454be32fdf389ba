import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { MATMUL_SWIGLU_KERNELS } from '../../../src/nn/ops/matmul-swiglu.ts';
import { MATMUL_KERNELS } from '../../../src/nn/ops/matmul.ts';
import { checkOp } from '../../support/ops/check-op.ts';
import { caseName, MATMUL_TABLE, SWIGLU_NETWORK_ROW } from '../../support/ops/op-specs.ts';

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
    executor = await sharedGpu({ variants });
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

/** All products of a network at once, so names that one of the kernels has not are left out. */
const FUSED = ['plain', 'quads', 'tile64', 'tile128', 'hardware'];

describe.each(FUSED)('products that end in SwiGLU, variant %s', (variants) => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await sharedGpu({ variants });
  });

  afterAll(() => {
    executor.destroy();
  });

  const { spec, cases } = SWIGLU_NETWORK_ROW;
  // Networks of so few rows are not fused.
  const fused = cases.filter(({ sizes }) => (sizes['rows'] ?? 0) > 8);
  it.each(fused.map((one) => [caseName(one), one] as const))('%s', async (_, opCase) => {
    await checkOp(executor, spec, { ...opCase, differences: false });
  });

  it('is what ran, and is on record', () => {
    const wanted = variants === 'hardware' ? ['tile64', 'tile32'] : [variants, variants];
    const names = [`matmul_nt_swiglu ${wanted[0] ?? ''}`, `matmul_nn_swiglu ${wanted[1] ?? ''}`];
    expect(executor.profile.variants).toEqual(expect.arrayContaining(names));
  });
});

it('tests every variant that this adapter can run', () => {
  // `slices`, `tile32` and `registers4` of the gradient are generated as those of `matmul_nn` are.
  const fused = MATMUL_SWIGLU_KERNELS[0]?.variants?.filter(({ name }) => name !== 'half64');
  expect(fused?.map(({ name }) => name)).toEqual(FUSED.slice(1, -1));
  const names = MATMUL_KERNELS.flatMap(({ variants = [] }) => variants)
    // No float16 here: half-shaders.test.ts compiles those.
    .filter(({ features }) => features?.includes('shader-f16') !== true)
    .map(({ name }) => name);
  expect(new Set(names)).toEqual(new Set([...HARDWARE, 'quads', 'skinny']));
});
