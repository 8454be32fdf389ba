import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { ParameterLayout } from '../../../src/core/layout.ts';
import { linearCombination } from '../../../src/merge/linear/linear-combination.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { arena, bitsOf, excess, fineTuned, fusedTensors, tensorsOf } from './arenas.ts';
import { naiveTies, type NaiveTies } from './naive-ties.ts';
import { tiesOnExecutor } from './run-ties.ts';

const ODD_SIZES = [1, 2, 63, 64, 65, 255, 256, 257, 1009, 1024, 1025, 3001];
const WEIGHTS = [0.5, 0.25, 0.25, 0.125, 0.5, 0.25, 1, 0.5, 0.25];

/** Everything merging promises, on one executor: run for the CPU in Node and for WGSL in Chromium. */
export function describeMerging(open: () => Executor): void {
  const layout = tensorsOf(ODD_SIZES);
  const base = arena(layout, 1, { steps: 1024 });
  const models = WEIGHTS.map((_, k) => fineTuned(layout, base, 10 + k));
  const merge = (
    method: string,
    parameters: Record<string, unknown>,
    count = 3,
    where: ParameterLayout = layout,
    operands = { base, models },
  ) =>
    mergeArenas(open(), where, {
      method,
      parameters,
      base: operands.base,
      models: operands.models.slice(0, count),
    });
  const at = (k: number) => models[k] ?? base;

  it('gives a model back from the mean of its copies', async () => {
    const copies = { base, models: [at(0), at(0), at(0), at(0)] };
    for (const count of [2, 4]) {
      const merged = await merge('linear', {}, count, layout, copies);
      expect(bitsOf(merged)).toEqual(bitsOf(at(0)));
    }
    const third = await merge('linear', { weight: [0.2, 0.5, 0.3] }, 3, layout, copies);
    expect(excess(third, at(0))).toBeLessThanOrEqual(1);
  });

  it.each([1, 3, 4, 5, 9])('averages %i models as float64 does', async (count) => {
    const weight = WEIGHTS.slice(0, count);
    const sum = weight.reduce((a, b) => a + b, 0);
    const expected = base.map((_, i) =>
      weight.reduce((total, w, k) => total + (w / sum) * (at(k)[i] ?? 0), 0),
    );
    expect(excess(await merge('linear', { weight }, count), expected)).toBeLessThanOrEqual(1);
  });

  it.each([1, 4, 6])('adds %i task vectors to the base as float64 does', async (count) => {
    const weight = WEIGHTS.slice(0, count);
    const expected = base.map((origin, i) =>
      weight.reduce((total, w, k) => total + 0.7 * w * ((at(k)[i] ?? 0) - origin), origin),
    );
    const merged = await merge('task_arithmetic', { weight, lambda: 0.7 }, count);
    expect(excess(merged, expected)).toBeLessThanOrEqual(1);
  });

  it.each(['task_arithmetic', 'ties'])('gives the base for %s with λ = 0', async (method) => {
    expect(excess(await merge(method, { lambda: 0 }), base)).toBe(0);
  });

  it('does not depend on the order of the models', async () => {
    const turned = { base, models: [at(2), at(0), at(1)] };
    for (const [method, more] of [
      ['linear', {}],
      ['task_arithmetic', {}],
      ['ties', { density: [0.3, 0.5, 0.7] }],
    ] as const) {
      const straight = await merge(method, { weight: [0.5, 0.25, 0.125], ...more });
      const parameters = {
        weight: [0.125, 0.5, 0.25],
        ...('density' in more ? { density: [0.7, 0.3, 0.5] } : {}),
      };
      const permuted = await merge(method, parameters, 3, layout, turned);
      expect(excess(permuted, straight)).toBeLessThanOrEqual(1);
    }
  });

  it('moves along the last step in time', async () => {
    const mean = at(1).map((value, i) => (value + (at(2)[i] ?? 0)) / 2);
    expect(excess(await merge('velocity', { alpha: -0.5 }), mean)).toBeLessThanOrEqual(1);
    expect(excess(await merge('velocity', { alpha: 0 }), at(2))).toBe(0);
    expect(excess(await merge('velocity', { alpha: -1 }), at(1))).toBeLessThanOrEqual(1);
  });

  it('gives a model back from TIES of it alone with everything kept', async () => {
    expect(excess(await merge('ties', { density: 1 }, 1), at(0))).toBeLessThanOrEqual(1);
  });

  it.each([0, 0.001, 0.2, 0.5, 0.9, 0.999, 1])('keeps exactly ⌊%f n⌋ elements', async (density) => {
    // No zero in the task vector, many equal magnitudes.
    const coarse = base.map((value, i) => value + (i % 2 === 0 ? 1 : -1) * (1 + (i % 7)) * 0.125);
    const operands = { base, models: [clean(layout, coarse)] };
    const merged = await merge('ties', { density }, 1, layout, operands);
    for (const { offset, size, name } of layout.entries) {
      const changed = base
        .subarray(offset, offset + size)
        .filter((v, i) => v !== merged[offset + i]);
      expect(changed.length, name).toBe(Math.floor(density * size));
    }
    const global = await merge('ties', { density, scope: 'global' }, 1, layout, operands);
    const total = layout.entries.reduce((sum, entry) => sum + entry.size, 0);
    expect(base.filter((value, i) => value !== global[i]).length).toBe(Math.floor(density * total));
  });

  const variants: [string, number, number, Partial<NaiveTies>][] = [
    ['plain', 3, 1024, {}],
    ['equal magnitudes at the cut', 3, 4, {}],
    ['equal magnitudes over the whole model', 2, 4, { scope: 'global' }],
    ['summed, scaled', 4, 1024, { combine: 'sum', lambda: 0.5 }],
    ['more models than one pass', 5, 4, {}],
    ['three passes', 9, 1024, { scope: 'global' }],
    ['majority sign', 4, 4, { majority: true, scope: 'global' }],
    ['majority sign, more passes', 6, 4, { majority: true }],
    ['unweighted votes', 3, 4, { weighted: false }],
    ['unweighted votes, more passes', 5, 1024, { weighted: false }],
    ['norm restored', 3, 1024, { rescale: true }],
    ['norm restored over the whole model', 3, 1024, { rescale: true, scope: 'global' }],
  ];
  it.each(variants)('TIES equals its definition: %s', async (_, count, steps, changes) => {
    const tuned = Array.from({ length: count }, (_k, k) => fineTuned(layout, base, 40 + k, steps));
    // One model learned nothing, one has −0 where the base is 0.
    tuned[1] = count > 2 ? base : (tuned[1] ?? base);
    const options: NaiveTies = {
      weights: WEIGHTS.slice(0, count),
      densities: [0.2, 0.5, 0.35, 0.7, 0.1, 0.9, 0.4, 0.6, 0.25].slice(0, count),
      lambda: 1,
      combine: 'mean',
      rescale: false,
      scope: 'tensor',
      majority: false,
      weighted: true,
      ...changes,
    };
    const parameters = {
      weight: options.weights,
      density: options.densities,
      lambda: options.lambda,
      normalize: options.combine === 'mean',
      rescale: options.rescale,
      scope: options.scope,
      zero_sign: options.majority ? 'majority' : 'positive',
      election: options.weighted ? 'weighted' : 'unweighted',
    };
    const merged = await merge('ties', parameters, count, layout, { base, models: tuned });
    const expected = naiveTies(layout, base, tuned, options);
    // Restored norms are reductions: relative error up to 1e-5.
    expect(excess(merged, expected)).toBeLessThanOrEqual(options.rescale ? 10 : 1);
  });

  const combinations = [3, 5].flatMap((count) =>
    (['mean', 'sum', 'max', 'meanIfAll'] as const).map((combine) => [combine, count] as const),
  );
  it.each(combinations)('TIES equals its definition: %s of %i models', async (combine, count) => {
    const tuned = Array.from({ length: count }, (_, k) => fineTuned(layout, base, 60 + k, 4));
    const options: NaiveTies = {
      weights: WEIGHTS.slice(0, count),
      densities: tuned.map(() => 0.9),
      lambda: 1,
      combine,
      rescale: false,
      scope: 'tensor',
      majority: false,
      weighted: true,
    };
    const merged = await tiesOnExecutor(open(), layout, base, tuned, {
      ...options,
      keep: (_, size) => Math.floor(0.9 * size),
      keepTies: false,
      weightedVotes: true,
      zeroSign: 'positive',
    });
    expect(excess(merged, naiveTies(layout, base, tuned, options))).toBeLessThanOrEqual(1);
  });

  it('elects + where votes cancel exactly, whatever the weights', async () => {
    const one = tensorsOf([4]);
    const origin = arena(one, 3, { steps: 1024 });
    const up = origin.map((value, i) => value + (i < 4 ? 0.5 + i / 8 : 0));
    const down = origin.map((value, i) => value - (i < 4 ? 0.5 + i / 8 : 0));
    for (const weight of [0.1, 0.3, 0.7, 1.1]) {
      for (const pair of [
        [up, down],
        [down, up],
      ]) {
        const operands = { base: origin, models: pair };
        const merged = await merge('ties', { weight: [weight, weight] }, 2, one, operands);
        expect(excess(merged, up)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('treats −0 as 0', async () => {
    const one = tensorsOf([65]);
    const zero = new Float32Array(one.length);
    const negative = zero.map((_, i) => (i < 65 ? -0 : 0));
    for (const method of ['linear', 'task_arithmetic', 'ties']) {
      const operands = { base: negative, models: [zero, negative] };
      const merged = await merge(method, {}, 2, one, operands);
      expect(excess(merged, zero)).toBe(0);
    }
  });

  it('gives a fifth model without weight no influence', async () => {
    const density = [0.2, 0.5, 0.35, 0.7, 0.5];
    const four = await merge(
      'ties',
      { weight: WEIGHTS.slice(0, 4), density: density.slice(0, 4) },
      4,
    );
    const weight = [...WEIGHTS.slice(0, 4), 0];
    expect(excess(await merge('ties', { weight, density }, 5), four)).toBeLessThanOrEqual(1);
  });

  it('serves unaligned tensors of a fused group and more blocks than one dispatch row', async () => {
    const many = fusedTensors([...ODD_SIZES, ...Array.from({ length: 66_000 }, () => 1)]);
    const origin = arena(many, 5, { steps: 1024 });
    const tuned = [fineTuned(many, origin, 6, 16), fineTuned(many, origin, 7, 16)];
    const options: NaiveTies = {
      weights: [0.5, 0.5],
      densities: [0.3, 0.6],
      lambda: 1,
      combine: 'mean',
      rescale: false,
      scope: 'global',
      majority: false,
      weighted: true,
    };
    const parameters = { weight: 0.5, density: [0.3, 0.6], scope: 'global' };
    const merged = await merge('ties', parameters, 2, many, { base: origin, models: tuned });
    expect(excess(merged, naiveTies(many, origin, tuned, options))).toBeLessThanOrEqual(1);
  });

  it.each([
    [1, 1],
    [3, 1],
    [2, 3],
  ] as const)('covers the arena with %i × %i workgroups', async (x, y) => {
    // The same kernel under another grid: what a count past 65 535 workgroups spills into.
    const executor = open();
    const kernel = { ...linearCombination, groups: () => [x, y, 1] as const };
    const input = executor.allocate('input', 'f32', layout.length);
    const target = executor.allocate('target', 'f32', layout.length);
    try {
      executor.write(input, base);
      const rest = { x0: input, x1: input, x2: input, x3: input };
      const uniforms = { quads: layout.length / 4, terms: 1, start: 0, relative: 0 };
      const factors = { c0: 2, c1: 0, c2: 0, c3: 0 };
      const program = await executor.prepare('grid', [
        { kernel, bind: { target, origin: input, ...rest }, uniforms: { ...uniforms, ...factors } },
      ]);
      executor.run(program);
      const doubled = base.map((value) => 2 * value);
      expect(await executor.readFloats(target)).toEqual(doubled);
      program.destroy();
    } finally {
      executor.free(input);
      executor.free(target);
    }
  });

  it('serves more tensors than share one histogram', async () => {
    const many = fusedTensors(Array.from({ length: 1300 }, (_, index) => 1 + (index % 9)));
    const origin = arena(many, 5, { steps: 1024 });
    const tuned = [fineTuned(many, origin, 6, 16), fineTuned(many, origin, 7, 16)];
    const options: NaiveTies = {
      weights: [1, 1],
      densities: [0.5, 0.7],
      lambda: 1,
      combine: 'mean',
      rescale: false,
      scope: 'tensor',
      majority: false,
      weighted: true,
    };
    const parameters = { density: [0.5, 0.7] };
    const merged = await merge('ties', parameters, 2, many, { base: origin, models: tuned });
    expect(excess(merged, naiveTies(many, origin, tuned, options))).toBeLessThanOrEqual(1);
  });

  it.each(['linear', 'task_arithmetic', 'ties', 'mmgrid_acceleration'])(
    'gives the same bits twice and zero padding: %s',
    async (method) => {
      const parameters = method === 'ties' ? { density: 0.3, weight: [-1, 0.3, 0.7] } : {};
      const first = await merge(method, parameters);
      expect(bitsOf(await merge(method, parameters))).toEqual(bitsOf(first));
      expect(bitsOf(clean(layout, first))).toEqual(bitsOf(first));
    },
  );

  it('leaves nothing on the device, also when it fails', async () => {
    const executor = open();
    const before = executor.memory();
    const stop = new AbortController();
    const request = { method: 'ties', parameters: { density: 0.5 }, base, models };
    await mergeArenas(executor, layout, request);
    const running = mergeArenas(executor, layout, request, stop.signal);
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    const huge = models.map((model) =>
      clean(
        layout,
        model.map(() => 3e38),
      ),
    );
    const overflow = merge('linear', { normalize: false }, 3, layout, { base, models: huge });
    await expect(overflow).rejects.toMatchObject({ code: 'non-finite' });
    const { liveBytes, liveBuffers } = executor.memory();
    expect({ liveBytes, liveBuffers }).toEqual({
      liveBytes: before.liveBytes,
      liveBuffers: before.liveBuffers,
    });
  });

  it.each([Number.NaN, Infinity, -Infinity])('refuses %f and names the tensor', async (value) => {
    const broken = at(1).slice();
    const entry = layout.entries[5];
    broken[(entry?.offset ?? 0) + 7] = value;
    for (const method of ['linear', 'ties']) {
      const operands = { base, models: [at(0), broken, at(2)] };
      const error: unknown = await merge(method, {}, 3, layout, operands).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'non-finite' });
      expect((error as AppError).faults).toEqual([
        { place: `tensor "${entry?.name ?? ''}"`, message: '1 of 255 values.' },
      ]);
    }
  });
}

/** A copy with zero padding. */
function clean(layout: ParameterLayout, values: Float32Array): Float32Array<ArrayBuffer> {
  const copy = new Float32Array(values.length);
  for (const { offset, size } of layout.entries) {
    copy.set(values.subarray(offset, offset + size), offset);
  }
  return copy;
}
