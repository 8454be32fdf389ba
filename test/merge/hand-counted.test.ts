import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { layoutOf } from '../../src/core/layout.ts';
import { mergeArenas } from '../../src/merge/arenas/merge-arenas.ts';

/** One 3 × 3 matrix `w`, and a vector `v`, that the spectral methods leave to their plain rule. */
const LAYOUT = layoutOf([
  [
    { name: 'w', shape: [3, 3] },
    { name: 'v', shape: [2] },
  ],
]);
const NOTHING = [0, 0, 0, 0, 0, 0, 0, 0, 0];

function arena(w: readonly number[], v: readonly number[]): Float32Array<ArrayBuffer> {
  const values = new Float32Array(LAYOUT.length);
  LAYOUT.entries.forEach(({ name, offset }) => {
    values.set(name === 'w' ? w : v, offset);
  });
  return values;
}

async function merged(
  method: string,
  parameters: Record<string, number | string | boolean>,
  base: Float32Array<ArrayBuffer>,
  models: readonly Float32Array<ArrayBuffer>[],
): Promise<{ w: number[]; v: number[] }> {
  const result = await mergeArenas(createCpuExecutor(), LAYOUT, {
    ...{ method, parameters, base, models },
  });
  const part = (name: string): number[] => {
    const entry = LAYOUT.entries.find((one) => one.name === name);
    const start = entry?.offset ?? 0;
    return [...result.subarray(start, start + (entry?.size ?? 0))];
  };
  return { w: part('w'), v: part('v') };
}

function expectClose(got: readonly number[], wanted: readonly number[]): void {
  expect(got).toHaveLength(wanted.length);
  wanted.forEach((value, at) => {
    expect(got[at]).toBeCloseTo(value, 4);
  });
}

/** With a diagonal matrix the singular vectors are the axes, so that every mask can be drawn. */
describe('methods of the spectral family, counted by hand', () => {
  const zero = arena(NOTHING, [0, 0]);
  const soFar = arena([3, 0, 0, 0, 2, 0, 0, 0, 1], [1, 1]);
  const added = arena([10, 1, 2, 3, 11, 4, 5, 6, 12], [3, 5]);

  // α of the spectrum 3, 2, 1: its first direction holds 1/2, two hold 5/6. The leading block ends
  // before the direction with which the sum first exceeds α; the diagonal is always masked.
  it.each([
    [0.4, [3, 1, 2, 3, 2, 4, 5, 6, 1]],
    [0.9, [3, 0, 2, 0, 2, 4, 5, 6, 1]],
  ])('opcm_step with α = %s masks the leading block and the diagonal', async (alpha, wanted) => {
    const numbers = { alpha, previous_lambda: 1, lambda: 1 };
    const { w, v } = await merged('opcm_step', numbers, zero, [soFar, added]);
    expectClose(w, wanted);
    expectClose(v, [4, 6]);
  });

  it('opcm_step scales the merge so far by λ′ and all by λ', async () => {
    const numbers = { alpha: 0.4, previous_lambda: 2, lambda: 4 };
    const { w, v } = await merged('opcm_step', numbers, zero, [soFar, added]);
    expectClose(w, [1.5, 0.25, 0.5, 0.75, 1, 1, 1.25, 1.5, 0.5]);
    expectClose(v, [1.25, 1.75]);
  });

  const base = arena([3, 0, 0, 0, 2, 0, 0, 0, 1], [0, 0]);
  const model = arena([13, 1, 2, 3, 13, 4, 5, 6, 13], [3, 5]);
  it.each([
    ['the largest direction', { k: 1, rank: 'low' }, [13, 0, 0, 0, 2, 0, 0, 0, 1]],
    ['the two largest', { k: 2, rank: 'low' }, [13, 1, 0, 3, 13, 0, 0, 0, 1]],
    ['those that hold half of the sum', { k: -1, rank: 'low' }, [13, 0, 0, 0, 2, 0, 0, 0, 1]],
    ['all but the largest', { k: 1, rank: 'high' }, [3, 0, 0, 0, 13, 4, 0, 6, 13]],
    ['all directions', { k: 3, rank: 'low' }, [13, 1, 2, 3, 13, 4, 5, 6, 13]],
    ['none', { k: 0, rank: 'low' }, [3, 0, 0, 0, 2, 0, 0, 0, 1]],
  ])('singular_projection along %s', async (_, parameters, wanted) => {
    const { w, v } = await merged('singular_projection', parameters, base, [model]);
    expectClose(w, wanted);
    // What is no matrix comes from the model.
    expectClose(v, [3, 5]);
  });
});

describe('pcb_readme, counted again in float64', () => {
  const layout = layoutOf([[{ name: 'x', shape: [8] }]]);
  const base = [0.5, -0.25, 0, 1, 0.125, -0.5, 0.75, 0.25];
  const tasks = [
    [0.5, -0.25, 0.125, 1, -0.75, 0.375, 0.0625, -2],
    [0.25, 0.5, -0.625, 0.875, -0.125, 1.5, -0.3125, -0.75],
  ];

  function expected(ratio: number, lambda: number): number[] {
    const sizes = tasks.map((task) => task.map(Math.abs).sort((a, b) => a - b));
    const sum = base.map(() => 0);
    const divisor = base.map(() => 0);
    tasks.forEach((task, k) => {
      // 8 elements: the clamp at 99.99 % is the second largest of them.
      const [low = 0, high = 0] = [sizes[k]?.[0], sizes[k]?.[6]];
      const clamped = task.map((x) => Math.min(Math.max(Math.abs(x), low), high));
      const scores = task.map((x, i) => {
        const total = tasks.reduce((all, other) => all + (other[i] ?? 0), 0);
        const size = ((clamped[i] ?? 0) - low) / (high - low);
        return Math.exp(tasks.length * size * size) * Math.tanh(x * total);
      });
      const order = [...scores].sort((a, b) => a - b);
      const [least = 0, most = 0] = [order[Math.trunc(8 * (1 - ratio))], order[7]];
      task.forEach((x, i) => {
        const score = Math.min(Math.max(scores[i] ?? 0, least), most);
        const share = (score - least) / (most - least);
        sum[i] = (sum[i] ?? 0) + lambda * Math.sign(x) * (clamped[i] ?? 0) * share;
        divisor[i] = (divisor[i] ?? 0) + share;
      });
    });
    return base.map((value, i) => value + (sum[i] ?? 0) / Math.max(divisor[i] ?? 0, 1e-12));
  }

  it.each([
    [0.5, 1],
    [0.9, 0.3],
    [0.25, 2],
  ])('keeps the share %s of the scores at λ = %s', async (ratio, lambda) => {
    const arenaOf = (values: readonly number[]): Float32Array<ArrayBuffer> => {
      const arena = new Float32Array(layout.length);
      arena.set(values);
      return arena;
    };
    const result = await mergeArenas(createCpuExecutor(), layout, {
      method: 'pcb_readme',
      parameters: { pcb_ratio: ratio, lambda },
      base: arenaOf(base),
      models: tasks.map((task) => arenaOf(task.map((x, i) => x + (base[i] ?? 0)))),
    });
    const wanted = expected(ratio, lambda);
    expect(wanted.some((value, i) => Math.abs(value - (base[i] ?? 0)) > 0.1)).toBe(true);
    wanted.forEach((value, i) => {
      expect(result[i]).toBeCloseTo(value, 5);
    });
  });
});
