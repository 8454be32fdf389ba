import { RandomStream } from '../../../src/core/rng.ts';
import type { Kernel } from '../../../src/compute/kernel.ts';
import { CLOSE_SAMPLES_KERNELS, CLOSE_SHARE_TOLERANCE } from '../../../src/nn/ops/close-samples.ts';
import { HYPER, RING_SLOTS } from '../../../src/nn/ops/optimizer.ts';
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

function closeKernel(name: string): Kernel {
  const found = CLOSE_SAMPLES_KERNELS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no kernel ${name}`);
  return found;
}

/** Every seventh is 1, the others up to 0.9. */
function similarities(length: number): Float32Array {
  return cosines('similar', length).map((value, i) => (i % 7 === 3 ? 1 : 0.9 * value));
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
      similar: similarities(rows * samples),
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

/** Similarities around the threshold, every third row not scored. */
function closeCounts(rows: number, samples: number): KernelCase {
  return {
    name: `close_samples ${rows} x ${samples}`,
    kernel: closeKernel('close_samples'),
    data: {
      counts: new Float32Array(rows).fill(9),
      similar: similarities(rows * samples),
      targets: Int32Array.from({ length: rows }, (_, row) => (row % 3 === 1 ? -100 : row)),
    },
    uniforms: { rows, samples, threshold: 0.99 },
    tolerance: { absolute: 0, relative: 0 },
  };
}

function closeShare(rows: number, samples: number, slot: number): KernelCase {
  const hyper = new Float32Array(16);
  hyper[HYPER.lossScale] = 1 / rows;
  hyper[HYPER.ringSlot] = slot;
  return {
    name: `close_share of ${rows} x ${samples} in slot ${slot}`,
    kernel: closeKernel('close_share'),
    data: {
      share: Float32Array.of(9),
      ring: new Float32Array(RING_SLOTS).fill(9),
      counts: Float32Array.from({ length: rows }, (_, row) => (row * 7) % (samples + 1)),
      hyper,
    },
    uniforms: { rows, samples },
    tolerance: CLOSE_SHARE_TOLERANCE,
  };
}

function maskByItem(rows: number, samples: number, share: number, bound: number): KernelCase {
  return {
    name: `mask_by_item ${rows} x ${samples}, share ${share}, bound ${bound}`,
    kernel: closeKernel('mask_by_item'),
    data: {
      similar: similarities(rows * samples),
      share: Float32Array.of(share),
      items: Uint32Array.from({ length: rows + samples }, (_, i) => (i * i) % 11),
    },
    uniforms: { rows, samples, bound },
    tolerance: { absolute: 0, relative: 1e-7 },
  };
}

export const CONTRASTIVE_CASES: readonly KernelCase[] = [
  closeCounts(1, 1),
  closeCounts(7, 13),
  closeCounts(65, 130),
  closeShare(1, 1, 0),
  closeShare(65, 37, 63),
  maskByItem(1, 1, 1, 0.5),
  maskByItem(7, 33, 0.51, 0.5),
  // Not more than the bound: everything stays.
  maskByItem(7, 33, 0.5, 0.5),
  maskByItem(65, 64, 0, -1),
  maskByItem(3, 5, NaN, -1),
  infoNce(1, 1, 2.66),
  infoNce(5, 13, 2.66),
  infoNce(65, 64, 4.605),
  // Clamped from both sides.
  infoNce(7, 33, 50),
  infoNce(7, 33, -50),
  ...[2.66, 4.7, -0.1].flatMap((scale) => [scaleGradient(scale, 1), scaleGradient(scale, -1)]),
];
