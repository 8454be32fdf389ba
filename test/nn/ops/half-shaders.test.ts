import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { MATMUL_SWIGLU_KERNELS } from '../../../src/nn/ops/matmul-swiglu.ts';
import { MATMUL_KERNELS } from '../../../src/nn/ops/matmul.ts';

const HALF = [...MATMUL_KERNELS, ...MATMUL_SWIGLU_KERNELS].flatMap((kernel) =>
  (kernel.variants ?? [])
    .filter(({ features }) => features?.includes('shader-f16'))
    .map((variant) => ({ kernel, variant })),
);

const COMPILER = fileURLToPath(new URL('../../support/machine/compile-wgsl.mjs', import.meta.url));

function messagesOf(shaders: readonly string[]): unknown {
  const input = JSON.stringify(shaders);
  const { stdout } = spawnSync(process.execPath, [COMPILER], { input, timeout: 50_000 });
  return JSON.parse(stdout.toString().split('\n').at(-1) ?? '');
}

/**
 * No adapter of this project's tests has float16, so these shaders are only compiled. Their
 * float32 siblings are the tested `tile64`.
 */
it('are valid with shader-f16', () => {
  const texts = HALF.flatMap(({ variant }) =>
    [0, 1, 2].map((residual_mode) => variant.wgsl({ accumulate: 1, residual_mode })),
  );
  // Products that end in SwiGLU add nothing: their three texts are one.
  const shaders = [...new Set(texts)];
  expect(shaders.every((code) => code.startsWith('enable f16;'))).toBe(true);
  const broken = shaders[0]?.replace('vec4<f16>', 'vec4<f17>') ?? '';
  const expected = shaders.map(() => []);
  expect(messagesOf([...shaders, broken])).toEqual([...expected, [expect.anything()]]);
});

it('exist for every tiled layout, and are asked for, not given', () => {
  expect(HALF.map(({ kernel }) => kernel.name).sort()).toEqual([
    'matmul_nn',
    'matmul_nn_swiglu',
    'matmul_nt',
    'matmul_nt_swiglu',
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
