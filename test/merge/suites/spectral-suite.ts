import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { layoutOf, type ParameterLayout } from '../../../src/core/layout.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { SPECTRAL_METHODS } from '../../../src/merge/registry/spectral-methods.ts';
import { bitsOf } from './arenas.ts';
import { dense, flipped, orthogonal, product, type Dense } from './naive-spectral.ts';
import { normals, one, arenaOf, worst } from './spectral-arenas.ts';

const FEW_STEPS: Record<string, Record<string, number>> = { wudi: { iter_num: 4, lr: 0.01 } };
const METHODS = SPECTRAL_METHODS.map((method) => [method.id, method] as const);

/** What the spectral methods promise, on one executor. */
export function describeSpectral(open: () => Executor): void {
  const merge = async (
    method: string,
    layout: ParameterLayout,
    deltas: readonly ArrayLike<number>[],
    parameters: Record<string, unknown> = FEW_STEPS[method] ?? {},
    base: Float32Array = new Float32Array(layout.length),
  ) => {
    const models = deltas.map((delta) =>
      arenaOf(layout, delta).map((value, i) => value + (base[i] ?? 0)),
    );
    return mergeArenas(open(), layout, { method, parameters, base, models });
  };

  it.each([
    [12, 7],
    [7, 12],
  ])('turns with the task vectors, %i × %i', async (m, p) => {
    const layout = one(m, p);
    const deltas = [0, 1].map((k) => dense(m, p, normals(20 + k, m * p)));
    const left = orthogonal(m, normals(30, m * m));
    const right = orthogonal(p, normals(31, p * p));
    const turned = (matrix: Dense) => product(product(left, matrix), right);
    for (const method of ['tsvm', 'iso_c', 'iso_cts', 'svc']) {
      const plain = await merge(
        method,
        layout,
        deltas.map(({ values }) => values),
      );
      const merged = await merge(
        method,
        layout,
        deltas.map((delta) => turned(delta).values),
      );
      const expected = turned(dense(m, p, plain.subarray(0, m * p))).values;
      expect(Math.max(...expected.map(Math.abs)), method).toBeGreaterThan(0.1);
      expect(worst(merged, expected), method).toBeLessThan(2e-4);
    }
  });

  it('gives one orthogonal task vector times a factor back from ISO-C', async () => {
    const square = orthogonal(9, normals(40, 81));
    const wide = product(dense(4, 9, square.values.slice(0, 36)), dense(9, 9, square.values));
    for (const { rows, columns, values } of [square, wide, flipped(wide)]) {
      const delta = values.map((value) => 0.37 * value);
      const merged = await merge('iso_c', one(rows, columns), [delta]);
      expect(worst(merged, delta)).toBeLessThan(1e-6);
    }
  });

  it('gives a single task vector back from TSV-M, SVC and OPCM', async () => {
    const delta = normals(41, 60);
    for (const method of ['tsvm', 'svc', 'opcm']) {
      for (const [m, p] of [
        [10, 6],
        [6, 10],
        [1, 60],
        [60, 1],
      ] as const) {
        const merged = await merge(method, one(m, p), [delta]);
        expect(worst(merged, delta), `${method} ${m}`).toBeLessThan(2e-5);
      }
    }
  });

  it('gives a partial isometry for a sum of low rank', async () => {
    const [m, p, rank] = [10, 6, 2];
    const factors = [dense(m, rank, normals(42, m * rank)), dense(rank, p, normals(43, rank * p))];
    const { values } = product(factors[0] ?? dense(0, 0, []), factors[1] ?? dense(0, 0, []));
    const merged = dense(m, p, (await merge('iso_c', one(m, p), [values])).subarray(0, m * p));
    // X Xᵀ X = σ̄² X holds for σ̄ times a partial isometry, and its rank is its squared norm / σ̄².
    const gram = product(merged, flipped(merged));
    const cubed = product(gram, merged).values;
    const square = merged.values.reduce((sum, value) => sum + value * value, 0);
    const mean = square / rank;
    expect(square).toBeGreaterThan(0.1);
    expect(
      worst(
        cubed,
        merged.values.map((value) => mean * value),
      ),
    ).toBeLessThan(1e-4 * mean ** 1.5);
  });

  it.each(METHODS)('%s stays finite where there is nothing to merge', async (id, method) => {
    const layout = layoutOf([
      [{ name: 'a', shape: [5, 3] }],
      [{ name: 'row', shape: [1, 7] }],
      [{ name: 'column', shape: [7, 1] }],
      [{ name: 'one', shape: [1, 1] }],
      [{ name: 'bias', shape: [9] }],
      [{ name: 'kernel', shape: [2, 3, 2] }],
      [{ name: 'empty', shape: [0, 4] }],
    ]);
    const base = arenaOf(layout, normals(50, layout.length));
    for (const { offset, size } of layout.entries) {
      // Padding is zero.
      const end = Math.ceil((offset + size) / 64) * 64;
      base.fill(0, offset + size, end);
    }
    const count = Math.min(3, method.models.max);
    const zeros = Array.from({ length: count }, () => []);
    const nothing = await merge(id, layout, zeros, undefined, base);
    expect(worst(nothing, base)).toBe(0);
    const delta = layout.entries.flatMap(({ offset, size }, t) =>
      normals(60 + t, size).map((value, i) => [offset + i, value] as const),
    );
    const outlier = new Float32Array(layout.length);
    for (const [i, value] of delta) outlier[i] = i === 3 ? 512 * value : value;
    // All models but the first are the base; then all are the same; then two cancel.
    const same = Array.from({ length: count }, () => outlier);
    const cancel = same.map((values, k) => (k === 1 ? values.map((value) => -value) : values));
    for (const deltas of [
      [outlier, ...zeros.slice(1)],
      same,
      cancel.slice(0, Math.min(2, count)),
    ]) {
      const merged = await merge(id, layout, deltas, undefined, base);
      expect(merged.every((value) => Number.isFinite(value))).toBe(true);
    }
  });

  it.each(METHODS.filter(([, { isGlobal }]) => isGlobal === undefined))(
    '%s merges a tensor alone as it does among others, and with the same bits again',
    async (id, { models }) => {
      const shapes = { a: [6, 4], b: [4, 9], c: [5], d: [12, 5] };
      const layout = layoutOf(Object.entries(shapes).map(([name, shape]) => [{ name, shape }]));
      const count = Math.min(3, models.max);
      const deltas = Array.from({ length: count }, (_, k) => {
        const arena = new Float32Array(layout.length);
        for (const { offset, size } of layout.entries) arena.set(normals(70 + k, size), offset);
        return arena;
      });
      const all = await merge(id, layout, deltas);
      expect(bitsOf(await merge(id, layout, deltas))).toEqual(bitsOf(all));
      for (const { name, shape, offset, size } of layout.entries) {
        const alone = layoutOf([[{ name, shape }]]);
        const own = deltas.map((delta) => delta.subarray(offset, offset + size));
        const merged = await merge(id, alone, own);
        expect([...merged.subarray(0, size)], name).toEqual([
          ...all.subarray(offset, offset + size),
        ]);
      }
    },
  );

  it('does not depend on the order of the models', async () => {
    const layout = one(8, 6);
    const deltas = [0, 1, 2].map((k) => normals(80 + k, 48));
    for (const method of ['tsvm', 'iso_c', 'iso_cts', 'svc', 'wudi', 'knots_ties']) {
      const merged = await merge(method, layout, deltas);
      const swapped = await merge(method, layout, [...deltas].reverse());
      expect(worst(swapped, merged), method).toBeLessThan(2e-4);
    }
  });

  it('leaves a zero task vector out of SVC and WUDI', async () => {
    const layout = one(6, 5);
    const deltas = [normals(90, 30), normals(91, 30)];
    for (const method of ['svc', 'wudi']) {
      const merged = await merge(method, layout, deltas);
      const padded = await merge(method, layout, [...deltas, []]);
      expect(worst(padded, merged), method).toBeLessThan(1e-5);
    }
  });

  it('restores the mean norm in OPCM and keeps the leading directions of the first model', async () => {
    const layout = layoutOf([[{ name: 'w', shape: [7, 5] }], [{ name: 'b', shape: [3] }]]);
    const deltas = [0, 1, 2].map((k) => {
      const arena = new Float32Array(layout.length);
      for (const { offset, size } of layout.entries) arena.set(normals(100 + k, size), offset);
      return arena;
    });
    const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
    const merged = await merge('opcm', layout, deltas);
    const mean = deltas.reduce((sum, delta) => sum + norm(delta) / 3, 0);
    expect(norm(merged)).toBeCloseTo(mean, 4);
    // α = 1 protects nothing but the diagonal; a model in the same directions adds nothing at all.
    const [first = new Float32Array()] = deltas;
    const matrix = first.map((value, i) => (i < 35 ? value : 0));
    const twice = await merge('opcm', layout, [matrix, matrix.map((value) => 2 * value)]);
    const factor = (norm(matrix) * 1.5) / norm(matrix);
    expect(
      worst(
        twice,
        matrix.map((value) => factor * value),
      ),
    ).toBeLessThan(1e-4);
  });

  it('keeps tiny and huge task vectors apart from underflow and overflow', async () => {
    const layout = one(6, 4);
    const deltas = [0, 1].map((k) => normals(130 + k, 24));
    for (const method of ['tsvm', 'svc']) {
      const plain = await merge(method, layout, deltas);
      for (const scale of [2 ** -80, 2 ** 80]) {
        const scaled = deltas.map((delta) => delta.map((value) => scale * value));
        const merged = await merge(method, layout, scaled);
        expect(
          worst(
            merged,
            plain.map((value) => scale * value),
          ) / scale,
          method,
        ).toBeLessThan(1e-5);
      }
    }
  });
}
