import { RandomStream } from '../../../src/core/rng.ts';
import type { Kernel } from '../../../src/compute/kernel.ts';
import { INFO_NCE_KERNELS, INFO_NCE_TOLERANCE } from '../../../src/nn/ops/info-nce.ts';
import type { KernelCase } from './check-kernel.ts';

function kernel(name: string): Kernel {
  const found = INFO_NCE_KERNELS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no kernel ${name}`);
  return found;
}

function cosines(name: string, length: number): Float32Array {
  const random = new RandomStream(37, name);
  return Float32Array.from({ length }, () => 2 * random.nextUniform() - 1);
}

/** Every third row is not scored, every seventh sample a false negative. */
function infoNce(rows: number, samples: number, scale: number): KernelCase {
  return {
    name: `info_nce ${rows} x ${samples}, scale ${scale}`,
    kernel: kernel('info_nce'),
    data: {
      cosines: cosines('samples', rows * samples),
      target_cosines: cosines('targets', rows),
      loss: new Float32Array(rows).fill(9),
      dscale: new Float32Array(rows).fill(9),
      similar: cosines('similar', rows * samples).map((value, i) =>
        i % 7 === 3 ? 1 : 0.9 * value,
      ),
      targets: Int32Array.from({ length: rows }, (_, row) => (row % 3 === 1 ? -100 : row)),
      scale: Float32Array.of(scale),
      hyper: new Float32Array(16).fill(0.125),
    },
    uniforms: { rows, samples, threshold: 0.99 },
    // Gradients of cosines carry the scale.
    tolerance: {
      absolute: 10 * INFO_NCE_TOLERANCE.absolute,
      relative: INFO_NCE_TOLERANCE.relative,
    },
  };
}

/** The gradient of the scale inside its bounds, at them and beyond, leading out and back. */
function scaleGradient(scale: number, sign: 1 | -1): KernelCase {
  const rows = 33;
  return {
    name: `info_nce_scale at ${scale}, ${sign > 0 ? 'down' : 'up'}`,
    kernel: kernel('info_nce_scale'),
    data: {
      gradient: Float32Array.of(0.75),
      dscale: cosines('parts', rows).map((value) => sign * Math.abs(value)),
      scale: Float32Array.of(scale),
    },
    uniforms: { rows },
    tolerance: { absolute: 1e-5, relative: 1e-5 },
  };
}

export const CONTRASTIVE_CASES: readonly KernelCase[] = [
  infoNce(1, 1, 2.66),
  infoNce(5, 13, 2.66),
  infoNce(65, 64, 4.605),
  // Clamped from both sides.
  infoNce(7, 33, 50),
  infoNce(7, 33, -50),
  ...[2.66, 4.7, -0.1].flatMap((scale) => [scaleGradient(scale, 1), scaleGradient(scale, -1)]),
];
