import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { layoutOf, type ParameterLayout } from '../../../src/core/layout.ts';
import { nameToKey, threefry2x32 } from '../../../src/core/rng.ts';
import { mergeArenas, type MergeRequest } from '../../../src/merge/arenas/merge-arenas.ts';
import { bandCounts } from '../../../src/merge/methods/breadcrumbs.ts';
import { resolveParameters } from '../../../src/merge/parameters.ts';
import { SPARSE_METHODS } from '../../../src/merge/registry/sparse-methods.ts';
import { arena, bitsOf, excess, fineTuned } from './arenas.ts';
import { sparsifiedOn } from './run-sparsify.ts';

/** Shapes that break assumptions: numbers, one row, one column, three axes, nothing at all. */
const ODD_SHAPES = [[], [1], [7], [1, 40], [40, 1], [9, 5], [4, 6, 5], [0, 3], [1100], [2, 3, 1]];

/** A row, three axes, more than one block. */
const ALONE = ['t.3.w', 't.6.w', 't.8.w'];

/** Parameters under which each method does all it can. */
const BUSY: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  dare_linear: { density: 0.5 },
  dare_ties: { density: 0.5, weight: [0.7, 0.3] },
  della: { density: 0.5, epsilon: 0.2 },
  della_linear: { density: 0.4, epsilon: 0.3, rescale_by: 'probability' },
  dare_fb: { sparsity_ratio: 0.3 },
  breadcrumbs: { density: 0.5, gamma: 0.1, rescale: true },
  breadcrumbs_ties: { density: 0.7, gamma: 0.2, normalize: true },
  sce: { select_topk: 0.5 },
  ram: { epsilon: 0.1 },
  ramplus_tl: { epsilon: 0.2, r: 0.5, alpha: 2 },
  mmgrid_mask_magnitude: { weight_mask_rates: 0.4, mask_apply_method: 'average_merging' },
  mmgrid_mask_random: { weight_mask_rates: [0.4, 0.2], mask_apply_method: 'task_arithmetic' },
  lines: { alpha: 0.2, beta: 0.6, num_blocks: 4 },
};

/** Identities, counts, statistics and degenerate inputs of the methods that drop or choose. */
export function describeSparse(open: () => Executor): void {
  const layout = shapes(ODD_SHAPES);
  const base = arena(layout, 1, { steps: 1024 });
  const models = [fineTuned(layout, base, 2), fineTuned(layout, base, 3)];
  const merge = (
    id: string,
    parameters: Readonly<Record<string, unknown>> = {},
    changes: Partial<MergeRequest> = {},
    where: ParameterLayout = layout,
  ) => mergeArenas(open(), where, { method: id, parameters, base, models, ...changes });
  const operandsFor = (id: string, all: readonly Float32Array[] = models) =>
    all.slice(0, methodOf(id).models.max);

  it.each(SPARSE_METHODS.map(({ id }) => id))('%s gives the same bits twice', async (id) => {
    const request = { models: operandsFor(id) };
    const first = await merge(id, BUSY[id], request);
    expect(bitsOf(await merge(id, BUSY[id], request))).toEqual(bitsOf(first));
    if (id !== 'passthrough') expect(excess(first, base)).toBeGreaterThan(1);
  });

  const single = SPARSE_METHODS.filter(({ id, isGlobal, parameters }) => {
    const values = resolveParameters(parameters, BUSY[id] ?? {}, 1 + Number(id in PAIRS));
    return isGlobal?.(values) !== true;
  });
  it.each(single.map(({ id }) => id))('%s merges a tensor alone as among others', async (id) => {
    const whole = await merge(id, BUSY[id], { models: operandsFor(id) });
    for (const entry of layout.entries.filter(({ name }) => ALONE.includes(name))) {
      const alone = layoutOf([[{ name: entry.name, shape: entry.shape }]]);
      const cut = (values: Float32Array) => {
        const copy = new Float32Array(alone.length);
        copy.set(values.subarray(entry.offset, entry.offset + entry.size));
        return copy;
      };
      const request = { base: cut(base), models: operandsFor(id).map(cut) };
      const merged = await merge(id, BUSY[id], request, alone);
      expect(bitsOf(merged), entry.name).toEqual(bitsOf(cut(whole)));
    }
  });

  it.each(SPARSE_METHODS.map(({ id }) => id))('%s stays finite whatever comes in', async (id) => {
    const flip = base.map((value, i) => value - ((models[0]?.[i] ?? 0) - value));
    const outlier = base.map((value, i) => value + (i % 41 === 3 ? 512 : 2 ** -10));
    const negative = new Float32Array(layout.length).fill(-0);
    const pairs = [
      ...[base, models[0] ?? base],
      ...[models[0] ?? base, flip],
      ...[clean(layout, outlier), models[1] ?? base],
      ...[base, base],
    ];
    for (let at = 0; at < pairs.length; at += 2) {
      await merge(id, BUSY[id], { models: operandsFor(id, pairs.slice(at, at + 2)) });
    }
    await merge(id, {}, { models: operandsFor(id, pairs.slice(2, 4)) });
    // Without any change there is nothing to drop, choose or rescale.
    const still = await merge(id, BUSY[id], { models: operandsFor(id, [base, base]) });
    if (id !== 'passthrough') expect(excess(still, base)).toBe(0);
    const zero = { base: negative, models: operandsFor(id, [negative, negative]) };
    expect(excess(await merge(id, BUSY[id], zero), negative)).toBe(0);
  });

  it.each([
    ['dare_linear', { weight: 0 }],
    ['dare_ties', { lambda: 0, density: 0.5 }],
    ['della', { weight: [0, 0], density: 0.5 }],
    ['breadcrumbs', { density: 0 }],
    ['breadcrumbs_ties', { density: 0.0001, gamma: 1 }],
    ['dare_fb', { sparsity_ratio: 1 }],
    ['magmax', { scaling_factor: 0 }],
    ['sce', { select_topk: 0 }],
    ['tall_consensus', { scaling: 0 }],
    ['ram', { epsilon: 100 }],
    ['nearswap', { t: 0 }],
    ['mmgrid_mask_random', { weight_mask_rates: 1 }],
    ['pcb_vision', { lambda: 0 }],
  ])('%s of %o gives the base', async (id, parameters) => {
    const merged = await merge(id, parameters, { models: operandsFor(id) });
    expect(excess(merged, base)).toBe(0);
  });

  it.each([
    ['dare_ties', { normalize: true }],
    ['della', {}],
    ['breadcrumbs_ties', { normalize: true }],
    ['magmax', { scaling_factor: 1 }],
    ['sce', {}],
    ['emr', {}],
    ['ram', {}],
    ['nearswap', { t: 100 }],
    ['expo', { extrapolation_factor: 0 }],
    ['arcee_fusion', {}],
    ['tall_consensus', { prun_thre_k: 1, scaling: 0.5, tall_mask_lambda: 0.5 }],
  ])('%s of copies with %o gives the model', async (id, parameters) => {
    const one = models[0] ?? base;
    // Arcee Fusion keeps the base where nothing stands out: here everything does.
    const request = id === 'arcee_fusion' ? { base: one } : {};
    const copies = operandsFor(id, [one, one]);
    expect(
      excess(await merge(id, parameters, { models: copies, ...request }), one),
    ).toBeLessThanOrEqual(1);
  });

  it.each(['dare_linear', 'breadcrumbs'])(
    '%s that drops nothing is task arithmetic',
    async (id) => {
      const weight = [0.6, -0.3];
      const plain = await merge('task_arithmetic', { weight });
      expect(excess(await merge(id, { weight }), plain)).toBeLessThanOrEqual(1);
    },
  );

  it('does not depend on the order of the models', async () => {
    const turned = { models: [...models].reverse() };
    for (const id of ['sce', 'ram', 'ramplus_tl', 'emr', 'tall_consensus', 'pcb_vision', 'lines']) {
      const straight = await merge(id, BUSY[id]);
      expect(excess(await merge(id, BUSY[id], turned), straight), id).toBeLessThanOrEqual(4);
    }
  });

  it('gives each model back from its own mask where the others do nothing', async () => {
    const one = models[0] ?? base;
    for (const id of ['emr', 'tall_consensus']) {
      const request = { models: [one, base] };
      expect(excess(await merge(id, { task: 0 }, request), one), id).toBeLessThanOrEqual(2);
      expect(excess(await merge(id, { task: 1 }, request), base), id).toBe(0);
      await expect(merge(id, { task: 2 })).rejects.toMatchObject({ code: 'invalid-argument' });
    }
  });

  it('draws the masks that the generator defines, for each tensor and model its own', async () => {
    const ones = clean(layout, new Float32Array(layout.length).fill(1));
    const drop = { kind: 'random', density: [0.3, 0.3], seed: 7 } as const;
    const drawn = await sparsifiedOn(open(), layout, [ones, ones], drop, 'none');
    drawn.forEach((values, model) => {
      const expected = new Float32Array(layout.length);
      for (const { name, offset, size } of layout.entries) {
        for (let i = 0; i < size; i++) {
          const draw = threefry2x32(7, nameToKey(name), i, model)[0] >>> 8;
          expected[offset + i] = draw / 2 ** 24 < Math.fround(0.3) ? 1 : 0;
        }
      }
      expect(values).toEqual(expected);
    });
    expect(drawn[0]).not.toEqual(drawn[1]);
  });

  it('drops as often as asked for, whatever the size of the change', async () => {
    const many = shapes([[64, 64]]);
    const delta = arena(many, 9);
    const drop = { kind: 'random', density: [0.3], seed: 1 } as const;
    const [thinned = delta] = await sparsifiedOn(open(), many, [delta], drop, 'none');
    const kept = Array.from(thinned, (value) => (value === 0 ? 0 : 1));
    const n = many.length;
    const share = kept.reduce<number>((sum, value) => sum + value, 0) / n;
    expect(Math.abs(share - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / n));
    expect(Math.abs(correlation(kept, Array.from(delta, Math.abs)))).toBeLessThan(5 / Math.sqrt(n));
  });

  it('keeps the expectation when it divides by the probability', async () => {
    const draws = 400;
    const size = 24;
    // As many tensors as draws, all with the same values: each has a mask of its own.
    const many = shapes(Array.from({ length: draws }, () => [size]));
    const values = arena(shapes([[size]]), 11);
    const delta = new Float32Array(many.length);
    for (const { offset } of many.entries) delta.set(values.subarray(0, size), offset);
    const density = 0.4;
    const drop = { kind: 'random', density: [density], seed: 3 } as const;
    const [thinned = delta] = await sparsifiedOn(open(), many, [delta], drop, 'density');
    for (let i = 0; i < size; i++) {
      const mean =
        many.entries.reduce((sum, { offset }) => sum + (thinned[offset + i] ?? 0), 0) / draws;
      const bound = 5 * Math.abs(values[i] ?? 0) * Math.sqrt((1 - density) / (density * draws));
      expect(Math.abs(mean - (values[i] ?? 0))).toBeLessThanOrEqual(bound);
    }
  });

  it.each(['l1', 'l2', 'linf'] as const)('restores the %s norm of every tensor', async (norm) => {
    const delta = arena(layout, 13);
    const drop = { kind: 'random', density: [0.5], seed: 5 } as const;
    const [thinned = delta] = await sparsifiedOn(open(), layout, [delta], drop, norm);
    for (const { name, offset, size } of layout.entries) {
      const [before, after] = [delta, thinned].map((values) =>
        normOf(norm, values.subarray(offset, offset + size)),
      ) as [number, number];
      if (after > 0) expect(Math.abs(after - before), name).toBeLessThanOrEqual(1e-5 * before);
    }
  });

  it('keeps exactly the band of magnitudes asked for', async () => {
    const coarse = fineTuned(layout, base, 17, 4).map((value, i) => value - (base[i] ?? 0));
    for (const density of [0, 0.1, 0.5, 0.9, 0.999, 1]) {
      for (const gamma of [0, 0.01, 0.3, 1]) {
        const drop = {
          kind: 'band',
          keep: (_: number, size: number) => bandCounts(size, density, gamma).keep,
          skip: (_: number, size: number) => bandCounts(size, density, gamma).skip,
        } as const;
        const [kept = coarse] = await sparsifiedOn(open(), layout, [coarse], drop, 'none');
        for (const { name, offset, size } of layout.entries) {
          const { keep, skip } = bandCounts(size, density, gamma);
          const tensor = coarse.subarray(offset, offset + size);
          const expected = new Float32Array(size);
          const order = Array.from(tensor.keys());
          order.sort((a, b) => Math.abs(tensor[b] ?? 0) - Math.abs(tensor[a] ?? 0) || a - b);
          for (const i of order.slice(skip, skip + keep)) expected[i] = tensor[i] ?? 0;
          const got = kept.subarray(offset, offset + size).map((value) => value + 0);
          expect(got, `${name} ${density} ${gamma}`).toEqual(expected.map((value) => value + 0));
        }
      }
    }
  });

  it('takes all of one size along when the smallest go', async () => {
    const one = shapes([[9]]);
    const delta = new Float32Array(one.length);
    delta.set([3, -1, 2, 1, 0, -2, 2, 5, 1]);
    const rows = [
      [0, [3, -1, 2, 1, 0, -2, 2, 5, 1]],
      [1, [3, -1, 2, 1, 0, -2, 2, 5, 1]],
      [2, [3, 0, 2, 0, 0, -2, 2, 5, 0]],
      [5, [3, 0, 0, 0, 0, 0, 0, 5, 0]],
      [9, [0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ] as const;
    for (const [count, expected] of rows) {
      const keep = (_: number, size: number) => size - count;
      const drop = { kind: 'band', keep, skip: () => 0, dropsTies: true } as const;
      const [kept = delta] = await sparsifiedOn(open(), one, [delta], drop, 'none');
      expect(Array.from(kept.subarray(0, 9)), String(count)).toEqual(expected);
    }
  });

  it('ranks rows for DELLA along axis 1, with the density as mean', async () => {
    const reports = new Map<string, ArrayLike<number>>();
    const onReport = (name: string, values: ArrayLike<number>) => reports.set(name, values);
    const parameters = { density: 0.5, epsilon: 0.2 };
    await merge('della', parameters, { reportsArenas: true, onReport });
    for (const { name, shape, offset, size } of layout.entries) {
      const delta = Array.from({ length: size }, (_, i) =>
        Math.abs((models[0]?.[offset + i] ?? 0) - (base[offset + i] ?? 0)),
      );
      const length = shape.length < 2 ? size : (shape[1] ?? 1);
      const stride = shape.slice(2).reduce((product, axis) => product * axis, 1);
      const got = reports.get(`keep_prob_m0.${name}`) ?? [];
      for (let i = 0; i < size; i++) {
        const row = i - (Math.floor(i / stride) % length) * stride;
        let rank = 0;
        for (let j = 0; j < length; j++) {
          const at = row + j * stride;
          const [own, other] = [delta[i] ?? 0, delta[at] ?? 0];
          if (other < own || (other === own && at < i)) rank++;
        }
        const share = length === 1 ? 0.5 : rank / (length - 1);
        expect(Math.abs((got[i] ?? Number.NaN) - (0.3 + 0.4 * share))).toBeLessThanOrEqual(2e-7);
      }
      const sum = Array.from(got).reduce((total, value) => total + value, 0);
      if (size > 0) expect(Math.abs(sum / size - 0.5), name).toBeLessThanOrEqual(1e-6);
    }
  });

  it('refuses probabilities outside 0…1', async () => {
    for (const epsilon of [0.5, 0.6]) {
      await expect(merge('della', { density: 0.5, epsilon })).rejects.toMatchObject({
        code: 'invalid-argument',
      });
    }
  });

  it('masks models for TIES and extrapolation two at a time only', async () => {
    const three = { models: [...models, base] };
    for (const mask_apply_method of ['ties_merging', 'task_arithmetic']) {
      const wrong = merge('mmgrid_mask_random', { mask_apply_method }, three);
      await expect(wrong).rejects.toMatchObject({ code: 'invalid-argument' });
    }
    await merge('mmgrid_mask_random', { mask_apply_method: 'average_merging' }, three);
  });

  it('leaves out what lies outside the trust region', async () => {
    const id = 'trust_region_task_arithmetic';
    const parameters = { threshold_quantile: 0.7, scaling_factor: 0.5 };
    const three = [...models, fineTuned(layout, base, 4)];
    const deltas = three.map((model) => model.map((value, i) => value - (base[i] ?? 0)));
    const conflict = Array.from(base, (_, i) =>
      deltas.reduce(
        (total, a, j) =>
          deltas.reduce(
            (sum, b, k) => (j === k ? sum : sum + Math.abs((a[i] ?? 0) * (b[i] ?? 0))),
            total,
          ),
        0,
      ),
    );
    const inside = layout.entries.flatMap(({ offset, size }) =>
      conflict.slice(offset, offset + size),
    );
    inside.sort((a, b) => a - b);
    const place = 0.7 * (inside.length - 1);
    const [low = 0, high = 0] = [inside[Math.floor(place)], inside[Math.ceil(place)]];
    const threshold = low + (place % 1) * (high - low);
    const expected = base.map((value, i) => {
      const sum = deltas.reduce((total, delta) => total + (delta[i] ?? 0), 0);
      const omega = conflict[i] ?? 0;
      return omega === 0 || omega < threshold ? value + 0.5 * sum : value;
    });
    const merged = await merge(id, parameters, { models: three });
    expect(excess(merged, expected)).toBeLessThanOrEqual(1);
    const alone = { models: three.slice(0, 1) };
    const plain = await merge('task_arithmetic', { lambda: 0.5 }, alone);
    expect(excess(await merge(id, parameters, alone), plain)).toBeLessThanOrEqual(1);
  });

  it('takes given masks instead of drawing', async () => {
    const mask = clean(
      layout,
      base.map((_, i) => (i % 3 === 0 ? 1 : 0)),
    );
    const statistics = { masks: [mask, mask] };
    const parameters = { density: 0.5, rescale: false, weight: [1, 0] };
    const merged = await merge('dare_linear', parameters, { statistics });
    const expected = base.map((value, i) => (mask[i] === 1 ? (models[0]?.[i] ?? 0) : value));
    expect(excess(merged, expected)).toBeLessThanOrEqual(1);
  });
}

/** Methods that need two models at least to check their parameters with. */
const PAIRS: Readonly<Record<string, true>> = { dare_ties: true, mmgrid_mask_random: true };

function methodOf(id: string) {
  const method = SPARSE_METHODS.find((candidate) => candidate.id === id);
  return method ?? { models: { min: 1, max: 64 } };
}

/** Tensors `t.0.w`, `t.1.w`, … of these shapes. */
function shapes(list: readonly (readonly number[])[]): ParameterLayout {
  return layoutOf(list.map((shape, index) => [{ name: `t.${index}.w`, shape }]));
}

function clean(layout: ParameterLayout, values: Float32Array): Float32Array<ArrayBuffer> {
  const copy = new Float32Array(layout.length);
  for (const { offset, size } of layout.entries) {
    copy.set(values.subarray(offset, offset + size), offset);
  }
  return copy;
}

function normOf(norm: 'l1' | 'l2' | 'linf', values: Float32Array): number {
  const sizes = Array.from(values, Math.abs);
  if (norm === 'linf') return Math.max(0, ...sizes);
  if (norm === 'l1') return sizes.reduce((sum, value) => sum + value, 0);
  return Math.sqrt(sizes.reduce((sum, value) => sum + value * value, 0));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((s, v) => s + v, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] ?? 0) - my), 0);
  const scale = Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
  return product(a, meanA, b, meanB) / scale;
}
