import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import {
  angleMatrix,
  cosineMatrix,
  cumulative,
  magnitudesOf,
  signShares,
} from '../../../src/merge/analysis/task-vector-summary.ts';
import { taskVectorTable } from '../../../src/merge/analysis/task-vectors.ts';
import { describeTaskVectors } from './task-vector-suite.ts';

const layout = layoutOf([[{ name: 'body', shape: [5] }], [{ name: 'lm_head.weight', shape: [3] }]]);

function model(body: number[], head: number[]): Float32Array {
  const values = new Float32Array(layout.length);
  values.set(body, 0);
  values.set(head, 64);
  return values;
}

describe('task vectors on the CPU', () => {
  describeTaskVectors(createCpuExecutor);
});

describe('summaries of task vectors', () => {
  const base = model([1, 1, 1, 1, 1], [0, 0, 0]);
  const a = model([2, 2, 1, 1, 0], [9, 9, 9]);
  const b = model([3, 0, 1, 2, 0], [-9, -9, -9]);
  const tableOf = (models: Float32Array[], isIncluded?: (name: string) => boolean) =>
    taskVectorTable(createCpuExecutor(), layout, {
      base,
      models,
      ...(isIncluded && { isIncluded }),
      range: 4,
      bins: 4,
    });

  it('sorts every coordinate into one of five classes', async () => {
    const table = await tableOf([a, b], (name) => name === 'body');
    expect(signShares(table.tensors)).toEqual({
      same: 0.4,
      conflict: 0.2,
      zero: 0.2,
      first: 0,
      other: 0.2,
    });
    expect(signShares(table.tensors, 0)).toEqual(signShares(table.tensors));
    expect(cosineMatrix(table.tensors)[0]?.[1]).toBeCloseTo(2 / Math.sqrt(3 * 7), 6);
  });

  it('takes the first model for the dominant one', async () => {
    const lone = model([2, 0, 1, 1, 1], [0, 0, 0]);
    const table = await tableOf([lone, base], (name) => name === 'body');
    expect(signShares(table.tensors)).toMatchObject({ first: 0.4, other: 0, zero: 0.6 });
    const turned = await tableOf([base, lone], (name) => name === 'body');
    expect(signShares(turned.tensors)).toMatchObject({ first: 0, other: 0.4, zero: 0.6 });
  });

  it('gives cosine 0 and 90 degrees for a task vector that is zero', async () => {
    const { tensors } = await tableOf([a, base]);
    expect(cosineMatrix(tensors)).toEqual([
      [expect.closeTo(1, 12), 0],
      [0, 0],
    ]);
    expect(angleMatrix(tensors)).toEqual([
      [0, 90],
      [90, 0],
    ]);
  });

  it('gives magnitudes and the cumulative distribution', async () => {
    const table = await tableOf([b], (name) => name === 'body');
    // 2, -1, 0, 1, -1
    expect(magnitudesOf(table.tensors, 0)).toEqual({
      parameters: 5,
      l1: 5,
      l2: Math.sqrt(7),
      mean: 0.2,
      deviation: Math.sqrt(7 / 5 - 0.04),
      least: -1,
      most: 2,
      meanAbsolute: 1,
    });
    expect(cumulative(table, 0)).toEqual([
      { value: -4, share: 0 },
      { value: -2, share: 0 },
      { value: 0, share: 0.4 },
      { value: 2, share: 0.8 },
      { value: 4, share: 1 },
    ]);
  });

  it('refuses what it cannot measure', async () => {
    await expect(tableOf([])).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(tableOf([a], () => false)).rejects.toMatchObject({ code: 'invalid-argument' });
    const broken = model([NaN, 1, 1, 1, 1], [0, 0, 0]);
    await expect(tableOf([broken])).rejects.toMatchObject({ code: 'non-finite' });
    await expect(tableOf([a.slice(1)])).rejects.toMatchObject({ code: 'layout-mismatch' });
  });
});
