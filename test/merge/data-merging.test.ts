import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { usedWeights } from '../../src/merge/gram/ada-merging.ts';
import { entropyLoss } from './suites/entropy.ts';
import { regMeanFactors } from '../../src/merge/regmean/factors.ts';
import { describeDataKernels } from './suites/data-kernel-suite.ts';
import { describeDataMerging } from './suites/data-suite.ts';

describe('entropy of predictions', () => {
  it('is ln C where all classes are equal and 0 where one is sure', () => {
    expect(entropyLoss([5, 5, 5, 5], 4, 0)).toBeCloseTo(Math.log(4), 12);
    expect(entropyLoss([1000, 0, 0, 1000], 2)).toBeCloseTo(0, 6);
    expect(entropyLoss([], 4)).toBe(0);
  });

  it('is the mean of its rows', () => {
    const first = entropyLoss([1, 2, 3], 3);
    const second = entropyLoss([0, 0, 9], 3);
    expect(entropyLoss([1, 2, 3, 0, 0, 9], 3)).toBeCloseTo((first + second) / 2, 12);
  });
});

describe('weights of layers', () => {
  const weights = [
    [-1, 0.5],
    [2, 0.5],
  ];
  it('are bounded before their softmax', () => {
    expect(usedWeights(weights, { clamp: true, softmax: false })).toEqual([
      [0, 0.5],
      [1, 0.5],
    ]);
    const [a = [], b = []] = usedWeights(weights, { clamp: true, softmax: true });
    expect(a[0]).toBeCloseTo(1 / (1 + Math.E), 12);
    expect((a[0] ?? 0) + (b[0] ?? 0)).toBeCloseTo(1, 12);
    expect(a[1]).toBe(0.5);
    expect(usedWeights(weights, { clamp: false, softmax: false })).toEqual(weights);
  });
});

describe('factors of RegMean', () => {
  const sumOf = (matrices: readonly Float32Array[], at: number) =>
    matrices.reduce((sum, matrix) => sum + (matrix[at] ?? Number.NaN), 0);

  it('sum to the identity, with a ridge only where needed', () => {
    const regular = regMeanFactors([[2, 1, 1, 3], [1, 0.5, 0.5, 4]], 2, 1); // oxfmt-ignore
    expect(regular.ridge).toBe(0);
    const singular = regMeanFactors([[1, 1, 1, 1], [2, 2, 2, 2]], 2, 1); // oxfmt-ignore
    expect(singular.ridge).toBeGreaterThan(0);
    const empty = regMeanFactors([new Float32Array(4), new Float32Array(4)], 2, 1);
    expect(empty.matrices.map((matrix) => [...matrix])).toEqual([
      [0.5, 0, 0, 0.5],
      [0.5, 0, 0, 0.5],
    ]);
    for (const { matrices } of [regular, singular]) {
      [1, 0, 0, 1].forEach((value, at) => {
        expect(sumOf(matrices, at)).toBeCloseTo(value, 6);
      });
    }
  });

  it('are shares of the diagonals when off-diagonals do not count', () => {
    const { matrices } = regMeanFactors([[1, 9, 9, 2], [3, 9, 9, 2]], 2, 0); // oxfmt-ignore
    expect([...(matrices[0] ?? [])]).toEqual([0.25, 0, 0, 0.5]);
  });
});

describe('merges that look at data on the CPU', () => {
  const executor = createCpuExecutor();
  describeDataKernels(() => executor);
  describeDataMerging(() => executor);
});
