import { describe, expect, it } from 'vitest';
import { cutByCost, dispatchCost, SubmitPacer } from '../../src/compute/webgpu/submit-pacer.ts';
import { defineKernel } from '../../src/compute/kernel.ts';

describe('cuts of a program', () => {
  it.each([
    [[1, 1, 1, 1], 1, [0]],
    [[1, 1, 1, 1], 2, [0, 2]],
    [[1, 1, 1, 1], 9, [0, 1, 2, 3]],
    [[10, 1, 1, 1], 2, [0, 1]],
    [[1, 1, 1, 10], 2, [0, 3]],
    [[5], 4, [0]],
    [[], 2, [0]],
  ])('%j in %d', (costs, parts, starts) => {
    expect(cutByCost(costs, parts)).toEqual(starts);
  });

  it('weigh operations and traffic', () => {
    expect(dispatchCost({ flops: 800, bytes: 10 })).toBe(110);
  });
});

describe('pacer', () => {
  it('cuts after three runs, by the fastest of them', () => {
    const pacer = new SubmitPacer([1, 1, 1, 1], 100);
    pacer.add(900);
    pacer.add(180);
    expect(pacer.submits).toEqual([0]);
    pacer.add(190);
    expect(pacer.submits).toEqual([0, 2]);
    expect(pacer.wantsTimes).toBe(false);
    pacer.add(1);
    expect(pacer.submits).toEqual([0, 2]);
  });

  it('leaves a short program whole, and every program without a limit', () => {
    const short = new SubmitPacer([1, 1], 100);
    for (let i = 0; i < 3; i++) short.add(99);
    expect(short.submits).toEqual([0]);
    expect(new SubmitPacer([1, 1], Infinity).wantsTimes).toBe(false);
  });
});

describe('defineKernel', () => {
  it('refuses a ninth buffer', () => {
    const bindings = (count: number) =>
      Array.from({ length: count }, (_, i) => {
        return { name: `b${String(i)}`, type: 'f32', access: 'read' } as const;
      });
    const kernel = {
      name: 'wide',
      wgsl: '',
      entry: 'main',
      uniforms: [],
      groups: () => [1, 1, 1] as const,
      twin: () => undefined,
    };
    expect(defineKernel({ ...kernel, bindings: bindings(8) }).name).toBe('wide');
    expect(() => defineKernel({ ...kernel, bindings: bindings(9) })).toThrowError(/binds 9/);
  });
});
