import { describe, expect, it } from 'vitest';
import { measuredSpeed } from '../../src/compute/webgpu/calibrate.ts';
import { cutDispatch, paramsBytes, writeParams } from '../../src/compute/webgpu/dispatch-parts.ts';
import { MATMUL_CALIBRATION } from '../../src/nn/ops/matmul-calibration.ts';

const parts = (
  split: 'grid' | 'linear' | null,
  groups: readonly [number, number, number],
  count: number,
) => {
  const kernel = split === null ? {} : { split };
  return cutDispatch(kernel, groups, count).map(({ groups, first }) => [...groups, ...first]);
};

describe('parts of a dispatch', () => {
  it('are the whole where the kernel has no split, or nothing is too long', () => {
    expect(parts(null, [7, 2, 3], 5)).toEqual([[7, 2, 3]]);
    expect(parts('grid', [7, 2, 3], 1)).toEqual([[7, 2, 3, 0, 0]]);
    // A count of operations of 0 or an infinite limit.
    expect(parts('linear', [65535, 3, 1], 0)).toEqual([[65535, 3, 1, 0]]);
  });

  it('of a grid are rows of workgroups, or layers, or rows of each layer', () => {
    expect(parts('grid', [9, 7, 1], 3)).toEqual([
      [9, 2, 1, 0, 0],
      [9, 2, 1, 2, 0],
      [9, 3, 1, 4, 0],
    ]);
    expect(parts('grid', [9, 7, 5], 2)).toEqual([
      [9, 7, 2, 0, 0],
      [9, 7, 3, 0, 2],
    ]);
    expect(parts('grid', [9, 2, 2], 3)).toEqual([
      [9, 1, 1, 0, 0],
      [9, 1, 1, 1, 0],
      [9, 1, 1, 0, 1],
      [9, 1, 1, 1, 1],
    ]);
    expect(parts('grid', [9, 1, 1], 4)).toEqual([[9, 1, 1, 0, 0]]);
  });

  it('of a linear dispatch are of one row each, and cover it', () => {
    expect(parts('linear', [5, 1, 1], 2)).toEqual([
      [2, 1, 1, 0],
      [3, 1, 1, 2],
    ]);
    const wide = parts('linear', [60000, 4, 1], 2);
    expect(wide).toHaveLength(4);
    expect(wide.map(([size]) => size)).toEqual([60000, 60000, 60000, 60000]);
    expect(wide.map(([, , , first]) => first)).toEqual([0, 60000, 120000, 180000]);
  });
});

describe('uniforms of a part', () => {
  it('follow those of the kernel', () => {
    const data = new DataView(new ArrayBuffer(256));
    const kernel = { name: 'k', uniforms: [{ name: 'scale', type: 'f32' }] } as const;
    writeParams(data, kernel, [0.5], [3, 2 ** 31]);
    expect([data.getFloat32(0, true), data.getUint32(4, true), data.getUint32(8, true)]).toEqual([
      0.5,
      3,
      2 ** 31,
    ]);
    expect([paramsBytes(1, 0), paramsBytes(4, 0), paramsBytes(4, 1)]).toEqual([16, 16, 32]);
    const many = Array.from({ length: 65 }, () => ({ name: 'u', type: 'u32' }) as const);
    expect(() => {
      writeParams(data, { name: 'k', uniforms: many }, [], []);
    }).toThrow(/more uniforms/);
  });
});

describe('measured speed', () => {
  it('is that of the fastest variant of the fastest case', () => {
    const flops = 2 * 1024 * 1024 * 256;
    const timings = { 'matmul_nt many': { plain: 8, tile64: 2 }, 'matmul_nn many': { plain: 4 } };
    expect(measuredSpeed({ timings }, MATMUL_CALIBRATION)).toBe(flops / 2);
    expect(measuredSpeed({ timings: {} }, MATMUL_CALIBRATION)).toBe(0);
  });
});
