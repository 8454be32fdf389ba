import type { CalibrationCase } from '../../compute/webgpu/calibrate.ts';
import type { MatmulLayout } from './matmul-parts.ts';
import { MATMUL_KERNELS } from './matmul.ts';

/** Sizes that stand for their class: enough blocks for a large GPU, a millisecond on a small one. */
const SIZES: readonly (readonly [MatmulLayout, M: number, N: number, K: number])[] = [
  ['nt', 1024, 1024, 256],
  ['nn', 1024, 1024, 256],
  ['tn', 1024, 1024, 256],
  ['tn', 256, 256, 2048],
  ['nt', 256, 256, 256],
  ['nn', 256, 256, 256],
];

/** What a calibration times of the matrix products, most important first. */
export const MATMUL_CALIBRATION: readonly CalibrationCase[] = SIZES.map(([layout, M, N, K]) => {
  const kernel = MATMUL_KERNELS.find(({ name }) => name === `matmul_${layout}`);
  if (kernel === undefined) throw new Error(`no kernel for ${layout}`);
  const strides = { a_stride: M * K, b_stride: K * N, out_stride: M * N };
  return {
    kernel,
    uniforms: { M, N, K, accumulate: 0, residual_mode: 0, batch: 1, ...strides, scale: 1 },
    lengths: { out: M * N, a: M * K, b: K * N },
  };
});
