import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/core/layout.ts';
import { taskVectorStatistics } from '../../src/merge/statistics.ts';

const layout = layoutOf([[{ name: 'body', shape: [5] }], [{ name: 'lm_head.weight', shape: [3] }]]);

function model(body: number[], head: number[]): Float32Array {
  const values = new Float32Array(layout.length);
  values.set(body, 0);
  values.set(head, 64);
  return values;
}

describe('taskVectorStatistics', () => {
  const base = model([1, 1, 1, 1, 1], [0, 0, 0]);
  const a = model([2, 2, 1, 1, 0], [9, 9, 9]);
  const b = model([3, 0, 1, 2, 0], [-9, -9, -9]);

  it('sorts every coordinate into one of four classes', () => {
    const found = taskVectorStatistics(layout, base, [a, b], (name) => name === 'body');
    expect(found).toMatchObject({ parameters: 5, sameSign: 0.4, conflict: 0.2, allZero: 0.2 });
    expect(found.partial).toBeCloseTo(0.2, 15);
    expect(found.norms[0]).toBeCloseTo(Math.sqrt(3), 12);
    expect(found.cosines[0]?.[1]).toBeCloseTo(2 / (Math.sqrt(3) * Math.sqrt(7)), 12);
  });

  it('counts all tensors unless told otherwise, and gives 0 for a zero task vector', () => {
    const found = taskVectorStatistics(layout, base, [a, base]);
    expect(found.parameters).toBe(8);
    expect(found.cosines).toEqual([
      [expect.closeTo(1, 12), 0],
      [0, 0],
    ]);
  });
});
