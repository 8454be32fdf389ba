import { create, globals } from 'webgpu';
import { expect, it } from 'vitest';
import { MATMUL_KERNELS } from '../../src/nn/ops/matmul.ts';

const HALF = MATMUL_KERNELS.flatMap((kernel) =>
  (kernel.variants ?? [])
    .filter(({ features }) => features?.includes('shader-f16'))
    .map((variant) => ({ kernel, variant })),
);

/**
 * No adapter of this project's tests has float16, so these shaders are only compiled, by a device
 * that accepts every feature and runs nothing. Their float32 twins are the tested `tile64`.
 */
it.each(HALF)('$kernel.name $variant.name is valid with shader-f16', async ({ variant }) => {
  Object.assign(globalThis, globals);
  const adapter = await create(['backend=null']).requestAdapter();
  const device = await adapter?.requestDevice({ requiredFeatures: ['shader-f16'] });
  if (device === undefined) throw new Error('no device');
  for (const residual_mode of [0, 1, 2]) {
    const code = variant.wgsl({ accumulate: 1, residual_mode });
    expect(code.startsWith('enable f16;')).toBe(true);
    const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
    expect(messages.map(({ message }) => message)).toEqual([]);
  }
  device.destroy();
});

it('exist for every tiled layout, and are asked for, not given', () => {
  expect(HALF.map(({ kernel }) => kernel.name).sort()).toEqual([
    'matmul_nn',
    'matmul_nt',
    'matmul_tn',
  ]);
  const profile = { isSoftware: false, features: ['shader-f16'], limits: {} };
  const sizes = { M: 1024, N: 1024, K: 1024, batch: 1 };
  for (const { variant } of HALF) {
    expect(variant.suits(profile, sizes)).toBe(false);
    expect(variant.suits({ ...profile, precision: 'f16' }, sizes)).toBe(true);
    expect(variant.suits({ ...profile, precision: 'f16', isSoftware: true }, sizes)).toBe(false);
  }
});
