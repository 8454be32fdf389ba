import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import {
  entropyKernel,
  entropySplitKernel,
  inputGram,
  squareGradients,
} from '../../../src/merge/data/kernels.ts';
import { entropyLoss } from './entropy.ts';
import { checkKernel, dispatch, type KernelCase } from '../../support/ops/check-kernel.ts';

/** The kernels of merges that look at data against float64 and against slopes, on one executor. */
export function describeDataKernels(open: () => Executor): void {
  const random = new RandomStream(9, 'logits');
  const entropyCase: KernelCase = {
    name: 'entropy of 3 rows of 20',
    kernel: entropyKernel,
    data: {
      logits: Float32Array.from({ length: 60 }, () => 3 * random.nextNormal()),
      loss: new Float32Array(3),
      targets: Int32Array.of(4, -100, 0),
      hyper: Float32Array.of(0.5),
    },
    uniforms: { rows: 3, vocabulary: 20 },
    tolerance: { absolute: 1e-5, relative: 1e-5 },
  };
  const splitCase: KernelCase = {
    ...entropyCase,
    name: 'entropy within ranges',
    kernel: entropySplitKernel,
    data: {
      ...entropyCase.data,
      ranges: Uint32Array.of(3, 9, 0, 20, 0, 20),
      weights: Float32Array.of(10, 1, 1),
    },
  };
  it.each([entropyCase, splitCase])('computes the $name', async (kernelCase) => {
    await checkKernel(open(), kernelCase);
    const { loss = [], logits: gradient = [] } = await dispatch(open(), kernelCase);
    const isSplit = kernelCase === splitCase;
    const all = kernelCase.data['logits'] ?? [];
    const ranges = isSplit ? [3, 9, 0, 0, 0, 20] : [0, 20, 0, 0, 0, 20];
    const entropyAt = (row: number, moved = -1, by = 0) => {
      const [first = 0, end = 0] = ranges.slice(2 * row, 2 * row + 2);
      const own = Array.from(all.slice(row * 20 + first, row * 20 + end), (z, v) =>
        v + first === moved ? z + by : z,
      );
      return (isSplit && row === 0 ? 10 : 1) * entropyLoss(own, Math.max(1, own.length), 0);
    };
    for (const row of [0, 1, 2]) {
      expect(loss[row]).toBeCloseTo(row === 1 ? 0 : entropyAt(row), 4);
      for (let v = 0; v < 20; v++) {
        const slope = (entropyAt(row, v, 1e-4) - entropyAt(row, v, -1e-4)) / 2e-4;
        expect(gradient[row * 20 + v]).toBeCloseTo(row === 1 ? 0 : 0.5 * slope, 4);
      }
    }
  });

  const normals = (length: number) => Float32Array.from({ length }, () => random.nextNormal());
  it.each<KernelCase>([
    {
      name: 'squares of gradients',
      kernel: squareGradients,
      data: { information: normals(130).map(Math.abs), gradients: normals(130) },
      uniforms: { length: 130, share: 0.25 },
      tolerance: { absolute: 1e-7, relative: 1e-6 },
    },
    {
      name: 'Gram matrix of inputs without padding',
      kernel: inputGram,
      data: {
        gram: normals(81),
        x: normals(45),
        spans: Uint32Array.of(0, 3, 0, 3, 0, 3, 0, 0, 4, 5),
      },
      uniforms: { rows: 5, width: 9 },
      tolerance: { absolute: 1e-6, relative: 1e-6 },
    },
  ])('computes $name', (kernelCase) => checkKernel(open(), kernelCase));
}
