import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { taskVectorKernels } from '../../../src/merge/analysis/task-vector-kernels.ts';
import { taskVectorTable } from '../../../src/merge/analysis/task-vectors.ts';
import { checkKernel, type KernelCase } from '../../support/ops/check-kernel.ts';
import { arena, fineTuned, fusedTensors, tensorsOf } from '../suites/arenas.ts';
import { naiveTensors } from './naive-statistics.ts';

const SIZES = [1, 2, 63, 64, 65, 255, 256, 257, 1009, 1024, 1025, 3001];

/** Dispatches with guard zones; the sizes of blocks are those that `blockTable` never makes, too. */
function kernelCases(): KernelCase[] {
  const layout = fusedTensors([1, 70, 1000]);
  const base = arena(layout, 1, { steps: 1024 });
  const blocks = Uint32Array.from([0, 1, 0, 1, 71, 1, 71, 95, 2, 95, 1071, 2]);
  const data = {
    counts: new Uint32Array(40).fill(3),
    sums: new Float32Array(20),
    flags: new Uint32Array(layout.length).map((_, i) => i % 32),
    blocks,
    cuts: Uint32Array.from([0, 0x3d400000, 0x3d800000]),
    base,
    model: fineTuned(layout, base, 2),
    other: fineTuned(layout, base, 3),
  };
  const cuts = { cut: 2, otherCut: 1 };
  const uniforms = { blockCount: 4, ...cuts, place: 2, bins: 7, low: -0.5, width: 0.125 };
  return Object.values(taskVectorKernels).flatMap((kernel) =>
    [0, 1].map((which) => ({
      name: `${kernel.name}, first and trimmed ${which}`,
      kernel,
      data,
      uniforms: { ...uniforms, first: which, trimmed: which },
      // 1000 terms of size below 1.
      tolerance: { absolute: 1e-4, relative: 1e-5 },
    })),
  );
}

/** Everything the statistics promise, on one executor. */
export function describeTaskVectors(open: () => Executor): void {
  const layout = tensorsOf(SIZES);
  const base = arena(layout, 1, { steps: 1024 });
  const tuned = [2, 3, 4, 5].map((seed) => fineTuned(layout, base, seed, 64));

  it.each(kernelCases().map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await checkKernel(open(), one);
  });

  it.each([
    [1, 0],
    [2, 0],
    [2, 0.8],
    [4, 0.5],
    [4, 0.999],
  ])('of %i models equals its definition, trim %f', async (count, trim) => {
    const executor = open();
    const before = executor.memory().liveBytes;
    const models = tuned.slice(0, count);
    // One learned nothing at all.
    if (count === 4) models[2] = base;
    const request = { base, models, trim, isIncluded: (name: string) => name !== 't9' };
    const table = await taskVectorTable(executor, layout, { ...request, range: 0.5, bins: 8 });
    const expected = naiveTensors(layout, request);
    expect(table.tensors.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
    expected.forEach((tensor, index) => {
      const got = table.tensors[index];
      expect(got?.signs, tensor.name).toEqual(tensor.signs);
      expect(got?.pairs, tensor.name).toEqual(tensor.pairs);
      tensor.moments.forEach((moment, k) => {
        const own = got?.moments[k];
        expect([own?.least, own?.most]).toEqual([moment.least, moment.most]);
        const allowed = 1e-5 * moment.absolute;
        expect(Math.abs((own?.sum ?? NaN) - moment.sum)).toBeLessThanOrEqual(allowed);
        expect(Math.abs((own?.absolute ?? NaN) - moment.absolute)).toBeLessThanOrEqual(allowed);
      });
      tensor.gram.flat().forEach((dot, at) => {
        const norms = tensor.gram.map((row, k) => Math.sqrt(row[k] ?? 0));
        const allowed = 1e-5 * Math.max(...norms) ** 2;
        expect(Math.abs((got?.gram.flat()[at] ?? NaN) - dot)).toBeLessThanOrEqual(allowed);
        const kept = got?.trimmedGram?.flat()[at];
        if (trim === 0) expect(kept).toBeUndefined();
        else {
          const own = tensor.trimmedGram.flat()[at] ?? NaN;
          expect(Math.abs((kept ?? NaN) - own)).toBeLessThanOrEqual(allowed);
        }
      });
    });
    expect(executor.memory().liveBytes).toBe(before);
  });

  it('counts values in half-open bins and beside them', async () => {
    const small = layoutOf([[{ name: 'w', shape: [8] }]]);
    const zero = new Float32Array(64);
    const model = zero.slice();
    // Edges of four bins over [-1, 1): -1, -0.5, 0, 0.5, 1.
    model.set([-1.5, -1, -0.75, -0.5, -0, 0.25, 1, 7]);
    const { values } = await taskVectorTable(open(), small, {
      base: zero,
      models: [model],
      range: 1,
      bins: 4,
    });
    expect(values).toEqual([[1, 2, 1, 2, 0, 2]]);
  });
}
