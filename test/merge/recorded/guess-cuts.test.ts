import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import {
  equalBySection,
  keysOfLists,
  mostKeysOf,
  rankedKey,
  windowOf,
} from '../../../src/merge/recorded/key-window.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import type { RangeHost, RangeLane } from '../../../src/merge/ranges/range-session.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { elementCount } from '../../../src/core/layout.ts';
import { encodeFloats } from '../../../src/io/safetensors-encode.ts';
import { safetensorsBytes, type FloatType } from '../../support/models/tiny-checkpoint.ts';
import { CUTS, firstDifference } from '../ranges/range-models.ts';
import { merged, type Models } from '../stream/checkpoints.ts';
import { valuesOf, type Files } from '../stream/model-files.ts';

const UP = 'model.layers.0.mlp.up_proj.weight';
/** More than a million elements, which end within a block. */
const SHAPES = { [UP]: [1031, 1021], 'model.norm.weight': [300] };
const CONFIG = { num_hidden_layers: 1 };
const NORMALS = [1, 2, 3].map((seed) => valuesOf(seed, 'normal', 1031 * 1021, 'F32'));
const BLOCK = 4096;

type Change = (delta: number, place: number) => number;

/** What the task vectors are like. */
const DELTAS: Readonly<Record<string, { dtype: FloatType; change: Change }>> = {
  'steps of bfloat16': { dtype: 'BF16', change: (delta) => 0.001 * delta },
  'numbers that hardly any two share': { dtype: 'F32', change: (delta) => 0.001 * delta },
  'rows that grow': { dtype: 'F32', change: (delta, i) => delta * (0.001 + i * 1e-9) },
  'a few levels': { dtype: 'F32', change: (delta) => Math.round(delta * 2) / 512 },
  'mostly nothing': { dtype: 'BF16', change: (delta, i) => (i % 10 === 3 ? delta / 100 : 0) },
  'one size': { dtype: 'F32', change: (delta) => Math.sign(delta) / 64 },
  // Every sixteenth block, which is all that a sample sees, is a hundred times as large.
  'a sample that misleads': {
    dtype: 'F32',
    change: (delta, i) => delta * (Math.floor(i / BLOCK) % 16 === 0 ? 0.1 : 0.001),
  },
};

function modelsOf({ dtype, change }: (typeof DELTAS)[string]): Models {
  const model = (deltas?: Float32Array) =>
    safetensorsFiles(SHAPES, dtype, (i) => {
      const base = 0.02 * (NORMALS[0]?.[i] ?? 0);
      return deltas === undefined ? base : base + change(deltas[i] ?? 0, i);
    });
  return { base: model(), one: model(NORMALS[1]), two: model(NORMALS[2]) };
}

function safetensorsFiles(
  shapes: Readonly<Record<string, readonly number[]>>,
  dtype: FloatType,
  valueOf: (place: number) => number,
): Files {
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const values = new Float32Array(elementCount(shape));
    // `Float32Array.from` takes ten times as long.
    for (let i = 0; i < values.length; i++) values[i] = valueOf(i);
    return [name, { shape, dtype, bytes: encodeFloats(values, dtype) }] as const;
  });
  const config = new TextEncoder().encode(JSON.stringify(CONFIG));
  return new Map([
    ['model.safetensors', safetensorsBytes(new Map(tensors))],
    ['config.json', config],
  ]);
}

const RECIPES = {
  ties: { merge_method: 'ties', parameters: { density: 0.2, weight: 0.7 } },
  'ties of the whole model': { merge_method: 'ties_global', parameters: { density: 0.2 } },
  breadcrumbs: {
    merge_method: 'breadcrumbs',
    parameters: { density: 0.8, gamma: 0.05, weight: 0.7 },
  },
};

const LISTS = ['range_list_band', 'range_list_window'];
/** Whether many elements share what is next to the cut of TIES: not listed, but counted. */
const CROWDED: Readonly<Record<string, boolean>> = {
  'numbers that hardly any two share': false,
  'rows that grow': false,
  'a few levels': true,
  'one size': true,
};

/** Mask of the lower of the two digits of many elements. */
const LOWER_BITS = 2 ** 15 - 1;
const DIGITS = 'digits of many elements';

/** Ranges on this thread, and the names of all kernels that their passes have called. */
function watchedRanges(kernels: Set<string>): RangeHost {
  const host = localRanges();
  return {
    open: async (sources, output) => {
      const session = await host.open(sources, output);
      if (session === null) return null;
      const lanes = session.lanes.map((lane): RangeLane => ({
        slot: lane.slot,
        run: (task) => {
          for (const step of task.kind === 'pass' ? task.pass.steps : []) {
            kernels.add(step.arguments.includes(LOWER_BITS) ? DIGITS : step.kernel);
          }
          return lane.run(task);
        },
      }));
      return new Proxy(session, {
        get: (target, name) => {
          if (name === 'lanes') return lanes;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    },
  };
}

describe('cuts of large tensors', () => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await openWasm();
  });
  afterAll(() => {
    executor.destroy();
  });

  it.each(Object.keys(DELTAS))('are those of the executor: %s', async (kind) => {
    const models = modelsOf(DELTAS[kind] ?? { dtype: 'F32', change: (delta) => delta });
    for (const [name, recipe] of Object.entries(RECIPES)) {
      const list = ['one', 'two'].map((model) => ({ model }));
      const text = JSON.stringify({ ...recipe, base_model: 'base', models: list });
      const expected = await merged(text, models, { executor });
      for (const cut of [undefined, CUTS['of three sections, some held']]) {
        const kernels = new Set<string>();
        const ranges = watchedRanges(kernels);
        const found = await merged(text, models, { executor, ranges, ...(cut && { cut }) });
        const place = `${kind}, ${name}, ${cut === undefined ? 'held' : 'in ranges'}`;
        expect(firstDifference(found.output, expected.output), place).toBeNull();
        expect(
          LISTS.some((kernel) => kernels.has(kernel)),
          place,
        ).toBe(true);
        if (kind in CROWDED) expect(kernels.has('range_list_window'), place).toBe(CROWDED[kind]);
        // The digits of all elements are only counted where the sample misled.
        expect(kernels.has(DIGITS), place).toBe(kind === 'a sample that misleads');
      }
    }
  });
});

describe('a list of all elements', () => {
  // Nearly as many keys as elements, all of them in one coarse digit.
  const change: Change = (delta) => (Math.sign(delta) / 64) * (1 + (Math.abs(delta) % 1) / 200);

  it('is made where there is the memory for it; else digits are counted, with the same bits', async () => {
    const models = modelsOf({ dtype: 'F32', change });
    const list = ['one', 'two'].map((model) => ({ model }));
    const text = JSON.stringify({ ...RECIPES.ties, base_model: 'base', models: list });
    const executor = await openWasm();
    const run = async (budgetBytes: number) => {
      const kernels = new Set<string>();
      const ranges = watchedRanges(kernels);
      return { kernels, ...(await merged(text, models, { executor, ranges, budgetBytes })) };
    };
    const [few, many] = [await run(12e6), await run(1e9)];
    executor.destroy();
    const lists = (kernels: ReadonlySet<string>) => LISTS.some((kernel) => kernels.has(kernel));
    expect([lists(few.kernels), few.kernels.has(DIGITS)]).toEqual([false, true]);
    expect([lists(many.kernels), many.kernels.has(DIGITS)]).toEqual([true, false]);
    expect(firstDifference(few.output, many.output)).toBeNull();
    expect(few.reports[0]?.peakBytes).toBeLessThanOrEqual(12e6);
  });
});

describe('a window of keys', () => {
  const keys = Uint32Array.from({ length: 999 }, (_, i) => 1000 + ((i * 7919) % 331));

  it.each([1, 2, 300, 777, 999, 1499])('gives the key with rank %i', (rank) => {
    // Of one key that is not listed there are 500 more.
    const all = [...keys, ...Array.from({ length: 500 }, () => 1100)].sort((a, b) => b - a);
    const listed = keys.filter((key) => key !== 1100);
    const shared = [1100];
    const counts = [all.filter((key) => key === 1100).length];
    const pieces = [listed.subarray(0, 100), listed.subarray(100)];
    const found = rankedKey(pieces, { low: 1000, high: 1400, shared, counts }, rank);
    const key = all[rank - 1] ?? 0;
    expect(found).toEqual({
      key,
      above: all.filter((one) => one > key).length,
      equal: all.filter((one) => one === key).length,
    });
  });

  it('has no key for a rank beyond it', () => {
    const window = { low: 1000, high: 1400, shared: [], counts: [] };
    for (const rank of [0, -3, 1000]) expect(rankedKey([keys], window, rank)).toBeNull();
  });

  it('counts what many share and has room for the others', () => {
    const band = { low: 4096, high: 8192, elements: 160_000 };
    const some = Uint32Array.from({ length: 1000 }, (_, i) => (i % 10 < 3 ? 5000 : 5001 + i));
    const window = windowOf(band, some);
    expect(window).toMatchObject({ low: 4096, high: 8192, shared: [5000] });
    // 7 of 10 are listed.
    expect(window.room).toBeGreaterThan(0.7 * 160_000);
    expect(window.room).toBeLessThan(160_000 + 10_000);
    expect(
      windowOf(
        band,
        some.filter((key) => key !== 5000),
      ).shared,
    ).toEqual([]);
  });

  it('may have as many as there is memory for, and a few in any case', () => {
    const [least, most] = [2 ** 16, 2 ** 23];
    expect(mostKeysOf(4)).toBe(most);
    expect([0, 1e6, 16e6, 1e12].map((bytes) => mostKeysOf(4, bytes))).toEqual([
      ...[least, least, 1e6, most],
    ]);
  });

  it('is lost where a list had more than its room', () => {
    const list = Uint32Array.of(2, 7, 8, 0, 1, 9);
    expect(keysOfLists(list, 2)).toEqual([[7, 8], [], [9]].map((keys) => Uint32Array.from(keys)));
    expect(keysOfLists(Uint32Array.of(3, 7, 8), 2)).toBeNull();
  });

  it('says in which sections a key is', () => {
    const pieces = [Uint32Array.of(5, 6, 5), Uint32Array.of(), Uint32Array.of(5, 5, 7, 5)];
    // Sections of 2, 0, 3 and 2 keys: 5 6 | | 5 5 5 | 7 5.
    const listed = Uint32Array.of(2, 0, 3, 2);
    expect(equalBySection(pieces, listed, 5)).toEqual(Uint32Array.of(1, 0, 3, 1));
    expect(equalBySection(pieces, listed, 7)).toEqual(Uint32Array.of(0, 0, 0, 1));
    expect(equalBySection([], Uint32Array.of(0, 0), 5)).toEqual(Uint32Array.of(0, 0));
  });
});
