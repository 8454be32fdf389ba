import { beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/core/layout.ts';
import type { RangeMachine } from '../../../src/merge/ranges/range-machine.ts';
import { arena, fineTuned } from '../suites/arenas.ts';
import { mergeInRanges, openMachines } from './arenas-in-ranges.ts';

/*
 * That steps are done in one call, where they can be. That the bits are those of the steps one by one
 * is tested with all other methods in recorded-form.test.ts.
 */

const layout = layoutOf([[{ name: 't', shape: [9, 1000] }]]);
const base = arena(layout, 1, { steps: 1024, scale: 0.1 });
const models = [2, 3, 4, 5, 6].map((seed) => fineTuned(layout, base, seed, 256));

let machine: RangeMachine;
beforeAll(async () => {
  const [first] = await openMachines(1);
  if (first === undefined) throw new Error('There is no machine.');
  machine = first;
});

/** The kernels of every pass of a merge, without those that count digits and places. */
async function kernelsOf(method: string, parameters: Record<string, unknown>, count = 2) {
  const passes: string[] = [];
  const watched = new Proxy(machine, {
    get: (target, name) => {
      if (name !== 'begin') return Reflect.get(target, name, target) as unknown;
      return (...[task, tile]: Parameters<RangeMachine['begin']>) => {
        const names = task.pass.steps.map(({ kernel }) => kernel);
        passes.push(names.filter((kernel) => !kernel.startsWith('range_count')).join(' '));
        return target.begin(task, tile);
      };
    },
  });
  const merge = { method, parameters, base, models: models.slice(0, count) };
  await mergeInRanges([watched], layout, merge);
  return passes.filter((names) => names !== '' && !names.startsWith('range_find'));
}

/** What is left of a number in bfloat16, cut off. */
function bfloat16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  return new Float32Array(bits.map((word) => word & 0xffff0000).buffer)[0] ?? 0;
}

const ONE_BY_ONE = /linear_combination|range_note_kept|range_keep_noted|sparse_/;

describe('task vectors that are not written down', () => {
  it.each([
    ['dare_linear', { density: 0.5 }, ['range_draw_sizes range_draw_sizes', 'range_add_deltas']],
    ['breadcrumbs', { density: 0.5, gamma: 0.1 }, ['range_add_deltas']],
    ['breadcrumbs', { density: [0.5, 1], gamma: [0.1, 0] }, ['range_add_deltas']],
  ])('%s %j takes one call a model, and one to add them', async (method, parameters, expected) => {
    expect(await kernelsOf(method, parameters)).toEqual(expected);
  });

  it.each([
    ['elected instead of added', 'dare_ties', { density: 0.5 }],
    ['more than four models', 'dare_linear', { density: 0.5 }],
  ])('draws alone where they are %s', async (_, method, parameters) => {
    const count = method === 'dare_linear' ? 5 : 2;
    const [draws = '', sum = ''] = await kernelsOf(method, parameters, count);
    expect(draws.split(' ')).toEqual(Array.from({ length: count }, () => 'range_draw_sizes'));
    expect(sum).toMatch(/range_keep_noted/);
    expect(sum).toMatch(ONE_BY_ONE);
    expect(sum).not.toContain('range_add_deltas');
  });

  it.each([
    ['what stays is divided', { density: 0.5, rescale_by: 'probability' }],
    ['chance does not decide', { density: [0, 0] }],
  ])('draws step by step where %s', async (_, parameters) => {
    const [draws = ''] = await kernelsOf('dare_linear', parameters);
    expect(draws).toContain('sparse_drop_random');
    expect(draws).not.toContain('range_draw_sizes');
  });

  it.each([
    ['dare_linear', { density: 0.5, weight: [0.5, -0.7] }],
    ['dare_linear', { density: 0.3, rescale: false, lambda: 0.4 }],
    ['breadcrumbs', { density: 0.5, gamma: 0.1, rescale: true }],
    ['breadcrumbs', { density: [0.5, 1], gamma: [0.1, 0] }],
  ])('%s %j takes bfloat16 as it is, for the same bits', async (method, parameters) => {
    const halves = (values: Float32Array) => Float32Array.from(values, bfloat16);
    for (const shape of [[9, 1000], [4099], [30]]) {
      const own = layoutOf([[{ name: 't', shape }]]);
      const start = halves(arena(own, 1, { steps: 1024, scale: 0.1 }));
      const tuned = [2, 3].map((seed) => halves(fineTuned(own, start, seed, 256)));
      const merge = { method, parameters, base: start, models: tuned };
      const expected = await mergeInRanges([machine], own, merge);
      const found = await mergeInRanges([machine], own, { ...merge, dtype: 'BF16' });
      const [raw, one] = [found, expected].map((values) => Buffer.from(values.buffer));
      expect(one === undefined ? -1 : raw?.compare(one), shape.join(' x ')).toBe(0);
      if (shape[0] !== 30) expect(raw?.equals(Buffer.from(start.buffer))).toBe(false);
    }
  });

  it('adds what a scale restores', async () => {
    const passes = await kernelsOf('breadcrumbs', { density: 0.5, gamma: 0.1, rescale: true });
    expect(passes.at(-1)).toBe('range_add_deltas');
    expect(passes[0]).toContain('sparse_sum_sizes');
  });
});
