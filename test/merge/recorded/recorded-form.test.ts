import { beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { layoutOf, type ParameterLayout } from '../../../src/core/layout.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import type { RangeMachine } from '../../../src/merge/ranges/range-machine.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { arena, bitsOf, fineTuned } from '../suites/arenas.ts';
import { mergeInRanges, openMachines } from './arenas-in-ranges.ts';

let executor: Executor;
let machines: RangeMachine[];

beforeAll(async () => {
  executor = await openWasm();
  machines = await openMachines(3);
});

const layout = layoutOf(
  [[1], [3], [64, 3], [1023], [1024], [1025], [60, 1024], [130, 1030], [140001]].map((shape, k) => [
    { name: `t${k}`, shape },
  ]),
);
const base = arena(layout, 1, { steps: 1024, scale: 0.1 });
const models = [2, 3, 4, 5, 6, 7].map((seed) => fineTuned(layout, base, seed, 256));

/** Methods that are recorded, with settings that cut within equal magnitudes. */
const CASES: readonly [string, Record<string, unknown>, number][] = [
  ['ties', { density: 0.2 }, 2],
  ['ties', { density: [0.2, 0, 1], weight: [0.5, -1, 0.7], lambda: 0.7, normalize: false }, 3],
  ['ties', { density: 0.4, rescale: true, election: 'unweighted' }, 2],
  ['ties', { density: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], zero_sign: 'majority' }, 6],
  ['ties', { density: 0.3, zero_sign: 'majority', rescale: true }, 3],
  ['breadcrumbs', { density: 0.5, gamma: 0.05, weight: [0.5, 0.7] }, 2],
  [
    'breadcrumbs',
    { density: 0.9, gamma: 0, rescale: true, normalize: true, compat: 'mergekit' },
    3,
  ],
  ['breadcrumbs', { density: [0.5, 1, 0.3, 0.99], gamma: [0, 0.1, 0.6, 0.01] }, 4],
  ['breadcrumbs', { density: 0.7, gamma: 0.2, weight: 0.3 }, 6],
  ['breadcrumbs_ties', { density: [0.5, 0.3], gamma: 0.01, rescale: true, lambda: 0.5 }, 2],
  ['dare_linear', { density: 0.3, weight: [0.5, 0.4], seed: 7 }, 2],
  ['dare_linear', { density: [0.3, 0, 1], rescale_by: 'probability', normalize: true }, 3],
  ['dare_linear', { density: 0.8, weight: -0.6, lambda: 0.9, rescale: false }, 1],
  ['dare_linear', { density: [0.1, 0.9, 0.5, 0.6], weight: [0.5, -0.4, 0.3, 1] }, 4],
  ['dare_linear', { density: 0.5, seed: 3 }, 5],
  ['dare_ties', { density: 0.5, seed: 4294967295 }, 2],
  ['dare_ties', { density: 0.5, rescale: false }, 5],
  ['dare_fb', { sparsity_ratio: 0.7, seed: 3 }, 3],
  ['della', { density: 0.5, epsilon: 0.2 }, 2],
  ['della', { density: [0.5, 1, 0], rescale_by: 'probability' }, 3],
  ['della_linear', { density: 0.4, seed: 9 }, 2],
  ['sce', {}, 3],
  ['sce', { select_topk: 0.3 }, 3],
  ['ramplus_tl', { epsilon: 0.05 }, 3],
  ['ram', {}, 5],
  ['magmax', {}, 3],
  ['nearswap', { t: 0.01 }, 1],
  ['emr', {}, 3],
  ['tall_consensus', {}, 4],
  ['tall_consensus', { task: 1 }, 3],
  ['lines', { num_blocks: 12 }, 3],
  ['mmgrid_mask_magnitude', { mask_apply_method: 'average_merging', weight_mask_rates: 0.3 }, 3],
  ['mmgrid_mask_random', { mask_apply_method: 'task_arithmetic' }, 2],
];

describe('methods in ranges', () => {
  it.each(CASES)(
    '%s %j of %i models: the bits of the executor',
    async (method, parameters, count) => {
      const merge = { method, parameters, base, models: models.slice(0, count) };
      const expected = new Float32Array(layout.length);
      // One by one, as files are merged: a majority is one of the tensor.
      for (const { name, shape, offset, size } of layout.entries) {
        const own = layoutOf([[{ name, shape }]]);
        const part = (values: Float32Array) => cropped(values.subarray(offset, offset + size), own);
        const tensor = { ...merge, base: part(base), models: merge.models.map(part) };
        const found = await mergeArenas(executor, own, tensor);
        expected.set(found.subarray(0, size), offset);
      }
      for (const rangeElements of [65536, 131072, Infinity]) {
        const found = await mergeInRanges(machines, layout, { ...merge, rangeElements });
        expect(differencesOf(found, expected)).toBe(0);
      }
    },
  );
});

/** Elements whose bits differ; comparing arrays of this size by `toEqual` takes seconds. */
function differencesOf(a: Float32Array<ArrayBuffer>, b: Float32Array<ArrayBuffer>): number {
  const [one, other] = [bitsOf(a), bitsOf(b)];
  return one.reduce((sum, bits, i) => sum + (bits === other[i] ? 0 : 1), 0);
}

function cropped(values: Float32Array, { length }: ParameterLayout): Float32Array {
  const padded = new Float32Array(length);
  padded.set(values);
  return padded;
}
