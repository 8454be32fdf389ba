import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { layoutOf, type ParameterLayout } from '../../../src/core/layout.ts';
import { combination } from '../../../src/merge/gram/combine.ts';
import { gramOf, type GramForm } from '../../../src/merge/gram/gram.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { arena, bitsOf, excess, fineTuned } from './arenas.ts';
import { inContext } from './merge-context.ts';

/** Odd shapes: a block more than 1024, rows and columns of every kind, no multiple of 64. */
const LAYOUT = layoutOf([
  [{ name: 'vector', shape: [65] }],
  [{ name: 'matrix', shape: [33, 35] }],
  [{ name: 'row', shape: [1, 40] }],
  [{ name: 'column', shape: [7, 1] }],
  [{ name: 'conv', shape: [4, 6, 5] }],
  [{ name: 'one', shape: [1] }],
  [{ name: 'none', shape: [0, 4] }],
]);
const COUNT = 5;

/** What Gram matrices, combinations and the methods on them promise, on one executor. */
export function describeSpherical(open: () => Executor): void {
  const base = arena(LAYOUT, 1, { steps: 1024 });
  const models = Array.from({ length: COUNT }, (_, k) => fineTuned(LAYOUT, base, 10 + k));
  const at = (k: number) => models[k] ?? base;
  const merge = (
    method: string,
    operands: readonly Float32Array[],
    parameters: Record<string, unknown> = {},
    more: Partial<Parameters<typeof mergeArenas>[2]> = {},
    layout: ParameterLayout = LAYOUT,
  ) => mergeArenas(open(), layout, { method, parameters, base: null, models: operands, ...more });

  const forms: [string, GramForm][] = [
    ['tensors of two', { operands: [0, 1], origin: null, unit: 'tensor' }],
    [
      'tensors of five and the base',
      { operands: [0, 1, 2, 3, 4, 'base'], origin: null, unit: 'tensor' },
    ],
    ['task vectors of rows', { operands: [0, 1, 2], origin: 'base', unit: 'row' }],
    ['task vectors of columns', { operands: [0, 1, 2, 3, 4], origin: 'base', unit: 'column' }],
  ];
  it.each(forms)('compares and combines %s as float64 does', async (_, form) => {
    const values = form.operands.map((operand) => (operand === 'base' ? base : at(operand)));
    const origin = form.origin === null ? new Float32Array(LAYOUT.length) : base;
    let worst = 0;
    const expected = new Float64Array(LAYOUT.length);
    const got = await inContext(open(), { layout: LAYOUT, models, base }, async (context) => {
      const grams = await gramOf(context, form);
      expect((await gramOf(context, form)).values).toEqual(grams.values);
      const vectors = elementsOf(form);
      expect(grams.table.vectorCount).toBe(vectors.length);
      const coefficients = Float64Array.from(
        { length: vectors.length * form.operands.length },
        (_, index) => ((index * 7) % 11) / 8 - 0.5,
      );
      const product = (elements: readonly number[], i: number, j: number) =>
        elements.reduce((sum, e) => sum + difference(i, e) * difference(j, e), 0);
      const difference = (k: number, e: number) => (values[k]?.[e] ?? 0) - (origin[e] ?? 0);
      vectors.forEach((elements, v) => {
        form.operands.forEach((_, i) => {
          form.operands.forEach((_, j) => {
            const scale = Math.sqrt(product(elements, i, i) * product(elements, j, j));
            const error = Math.abs(grams.matrix(v).at(i, j) - product(elements, i, j));
            worst = Math.max(worst, Number.isNaN(error) ? Infinity : error / (scale + 1e-12));
          });
          for (const e of elements) {
            const c = coefficients[v * form.operands.length + i] ?? 0;
            expected[e] = (expected[e] ?? 0) + c * difference(i, e);
          }
        });
        if (form.origin !== null) {
          for (const e of elements) expected[e] = (expected[e] ?? 0) + (base[e] ?? 0);
        }
      });
      const pass = combination(context, form);
      pass.write(coefficients);
      await context.run(pass.steps);
    });
    expect(worst).toBeLessThanOrEqual(2e-6);
    expect(excess(got, expected)).toBeLessThanOrEqual(4);
  });

  it('gives the ends of an arc at t = 0 and 1', async () => {
    const start = await merge('slerp', [at(0)], { t: 0 }, { base });
    expect(excess(start, base)).toBe(0);
    expect(excess(await merge('slerp', [at(0)], { t: 1 }, { base }), at(0))).toBe(0);
    for (const [weight, end] of [
      [[1, 0], 0],
      [[0, 1], 1],
    ] as const) {
      for (const nuslerp_flatten of [true, false]) {
        const merged = await merge('nuslerp', [at(0), at(1)], { weight, nuslerp_flatten });
        expect(excess(merged, at(end))).toBeLessThanOrEqual(1);
      }
    }
  });

  it.each(['nuslerp', 'multislerp', 'karcher', 'model_stock', 'slerp_fb', 'model_stock_fb'])(
    'gives a model back from its copies by %s',
    async (method) => {
      const copies = ['nuslerp', 'slerp_fb'].includes(method) ? 2 : 3;
      const merged = await merge(
        method,
        Array.from({ length: copies }, () => at(0)),
        {},
        {
          base: method.startsWith('model_stock') ? base : null,
        },
      );
      expect(excess(merged, at(0))).toBeLessThanOrEqual(2);
    },
  );

  it.each([
    ['multislerp', { weight: [0.5, 0.3, 0.2] }, { weight: [0.2, 0.5, 0.3] }],
    ['karcher', { max_iter: 50, tol: 1e-9 }, { max_iter: 50, tol: 1e-9 }],
    ['model_stock', { filter_wise: true }, { filter_wise: true }],
  ])('does not depend on the order of the models: %s', async (method, before, after) => {
    const given = method === 'model_stock' ? { base } : {};
    const straight = await merge(method, [at(0), at(1), at(2)], before, given);
    const turned = await merge(method, [at(2), at(0), at(1)], after, given);
    // Ratios near the singular angle magnify rounding; the rows here stay well away from it.
    expect(excess(turned, straight)).toBeLessThanOrEqual(20);
  });

  it.each(['slerp_fb', 'multislerp', 'karcher'])('scales with its inputs: %s', async (method) => {
    const four = [at(0), at(1)].map((model) => model.map((value) => value * 4));
    const merged = await merge(method, four);
    const once = await merge(method, [at(0), at(1)]);
    expect(
      excess(
        merged,
        once.map((value) => value * 4),
      ),
    ).toBeLessThanOrEqual(2);
  });

  it('puts the Karcher mean of two models into the middle of their arc', async () => {
    const pair = [at(0), at(1)];
    const unit = pair.map((model) => unitTensors(LAYOUT, model));
    const middle = await merge('karcher', unit, { max_iter: 100, tol: 1e-9 });
    expect(excess(middle, await merge('slerp_fb', unit, { t: 0.5 }))).toBeLessThanOrEqual(4);
  });

  it('gives each tensor the same bits alone as among others', async () => {
    for (const [method, parameters, given] of [
      ['nuslerp', { nuslerp_flatten: false }, base],
      ['model_stock', { filter_wise: true }, base],
      ['multislerp', {}, null],
    ] as const) {
      const all = await merge(method, [at(0), at(1)], parameters, { base: given });
      const entry = LAYOUT.entries[1];
      if (entry === undefined) throw new Error('unreachable');
      const alone = layoutOf([[{ name: entry.name, shape: entry.shape }]]);
      const cut = (values: Float32Array) => {
        const part = new Float32Array(alone.length);
        part.set(values.subarray(entry.offset, entry.offset + entry.size));
        return part;
      };
      const operands = [cut(at(0)), cut(at(1))];
      const more = { base: given === null ? null : cut(given) };
      const merged = await merge(method, operands, parameters, more, alone);
      expect(bitsOf(merged)).toEqual(bitsOf(cut(all)));
    }
  });

  it('stays finite for zeros, opposite vectors and task vectors that cancel', async () => {
    const zero = new Float32Array(LAYOUT.length);
    const opposite = at(0).map((value) => -1.7 * value);
    const line = at(0).map((value) => 0.5 * value - 0.85 * value);
    for (const method of ['slerp_fb', 'nuslerp', 'multislerp']) {
      const merged = await merge(method, [at(0), opposite], {
        ...(method !== 'slerp_fb' && { weight: [0.5, 0.5] }),
      });
      expect(excess(merged, line), method).toBeLessThanOrEqual(1);
      expect(excess(await merge(method, [zero, zero]), zero), method).toBe(0);
    }
    const first = await merge('karcher', [at(0), opposite]);
    expect(
      excess(
        first,
        at(0).map((value) => 1.35 * value),
      ),
    ).toBeLessThanOrEqual(2);
    expect(excess(await merge('karcher', [zero, zero]), zero)).toBe(0);
    for (const method of ['model_stock', 'model_stock_fb']) {
      const still = await merge(method, [base, base], {}, { base });
      expect(excess(still, base), method).toBe(0);
      const away = base.map((value, i) => 2 * value - (at(0)[i] ?? 0));
      const cancelled = await merge(method, [at(0), away], {}, { base });
      expect(excess(cancelled, base), method).toBeLessThanOrEqual(1);
    }
    await expect(merge('multislerp', [at(0), opposite, zero])).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('vector') as string,
    });
    const huge = at(0).map((value) => value * 1e30);
    await expect(merge('karcher', [huge, huge])).rejects.toMatchObject({ code: 'non-finite' });
  });

  it('bounds the ratio of Model Stock on demand, and reports it', async () => {
    const ratios: number[][] = [];
    const onReport = (_: string, values: ArrayLike<number>) => ratios.push(Array.from(values));
    // Task vectors at more than 90°: the ratio is negative.
    const away = base.map((value, i) => value - 0.5 * ((at(0)[i] ?? 0) - value) + (i % 3) / 64);
    const free = await merge('model_stock', [at(0), away], {}, { base, onReport });
    expect(excess(free, base)).toBeGreaterThan(100);
    expect(ratios[0]).toHaveLength(LAYOUT.entries.filter(({ size }) => size > 0).length);
    expect(Math.min(...(ratios[0] ?? [0]))).toBeLessThan(-0.1);
    await merge('model_stock', [at(0), away], { clamp: true }, { base, onReport });
    expect(Math.min(...(ratios[1] ?? [-1]))).toBe(0);
  });

  it('weights by Fisher information', async () => {
    const ones = new Float32Array(LAYOUT.length).fill(1);
    const zero = new Float32Array(LAYOUT.length);
    const information = models.map((_, k) => arena(LAYOUT, 50 + k).map((v) => v * v));
    const mean = await merge('simple_average', models);
    for (const fisher of [models.map(() => ones), models.map(() => zero)]) {
      const merged = await merge('fisher', models, {}, { statistics: { fisher } });
      expect(excess(merged, mean)).toBeLessThanOrEqual(2);
    }
    const none = await merge(
      'fisher',
      models,
      { minimal_fisher_weight: 0 },
      { statistics: { fisher: models.map(() => zero) } },
    );
    expect(excess(none, mean)).toBeLessThanOrEqual(2);
    const plain = { normalize_fisher_weight: false };
    const sure = await merge('fisher', [at(0), at(1)], plain, {
      statistics: { fisher: [ones, zero] },
    });
    expect(excess(sure, at(0))).toBeLessThanOrEqual(10);
    const merged = await merge('fisher', models, plain, { statistics: { fisher: information } });
    const expected = Float64Array.from(base, (_, i) => {
      const weights = information.map((arena) => (arena[i] ?? 0) + 1e-6);
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return weights.reduce((total, weight, k) => total + (weight / sum) * (at(k)[i] ?? 0), 0);
    });
    expect(excess(merged, expected)).toBeLessThanOrEqual(2);
    await expect(merge('fisher', models)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('solves RegMean, also where a Gram matrix has no inverse', async () => {
    const gramOfInputs = (seed: number, dead: number | null) => {
      const inputs = arena(layoutOf([[{ name: 'x', shape: [64, 35] }]]), seed);
      return Float32Array.from({ length: 35 * 35 }, (_, at) => {
        const [i, j] = [Math.floor(at / 35), at % 35];
        let sum = 0;
        for (let n = 0; n < 64; n++) sum += (inputs[n * 35 + i] ?? 0) * (inputs[n * 35 + j] ?? 0);
        return i === dead || j === dead ? 0 : sum / 64;
      });
    };
    const entry = LAYOUT.entries[1];
    if (entry === undefined) throw new Error('unreachable');
    const mean = await merge('simple_average', models.slice(0, 3));
    const solve = (matrix: readonly Float32Array[], ratio = 1) =>
      merge(
        'regmean',
        models.slice(0, 3),
        { reduce_non_diagonal_ratio: ratio },
        {
          statistics: { gram: { matrix } },
        },
      );
    const same = gramOfInputs(70, null);
    expect(excess(await solve([same, same, same]), mean)).toBeLessThanOrEqual(10);
    const grams = [71, 72, 73].map((seed) => gramOfInputs(seed, 4));
    const merged = await solve(grams);
    // The normal equations hold: Σ (W − W_k) G_k = 0 for every row of the matrix.
    let worst = 0;
    for (let row = 0; row < 33; row++) {
      for (let c = 0; c < 35; c++) {
        let rest = 0;
        grams.forEach((gram, k) => {
          for (let j = 0; j < 35; j++) {
            const i = entry.offset + row * 35 + j;
            rest += ((merged[i] ?? Number.NaN) - (at(k)[i] ?? 0)) * (gram[j * 35 + c] ?? 0);
          }
        });
        worst = Math.max(worst, Number.isNaN(rest) ? Infinity : Math.abs(rest));
      }
    }
    expect(worst).toBeLessThan(1e-3);
    // No model saw input 4: the mean stays.
    for (let row = 0; row < 33; row++) {
      const i = entry.offset + row * 35 + 4;
      expect(merged[i]).toBeCloseTo(mean[i] ?? Number.NaN, 4);
    }
    await expect(solve([same])).rejects.toMatchObject({ code: 'layout-mismatch' });
  });
}

/** Elements of each vector of a form, by the definition of its unit. */
function elementsOf({ unit }: GramForm): number[][] {
  return LAYOUT.entries.flatMap(({ offset, shape, size }) => {
    const all = Array.from({ length: size }, (_, i) => i);
    const columns = size / (shape[0] ?? 1);
    const keyOf = (i: number) =>
      unit === 'tensor' ? 0 : unit === 'row' ? Math.floor(i / (shape.at(-1) ?? 1)) : i % columns;
    const keys = [...new Set(all.map(keyOf))].sort((a, b) => a - b);
    return keys.map((key) => all.filter((i) => keyOf(i) === key).map((i) => offset + i));
  });
}

/** Every tensor scaled to length 1. */
function unitTensors(layout: ParameterLayout, values: Float32Array): Float32Array {
  const scaled = Float32Array.from(values);
  for (const { offset, size } of layout.entries) {
    const part = scaled.subarray(offset, offset + size);
    const norm = Math.hypot(...part);
    part.forEach((value, i) => {
      part[i] = value / norm;
    });
  }
  return scaled;
}
