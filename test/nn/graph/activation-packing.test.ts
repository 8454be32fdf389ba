import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { DryExecutor } from '../../../src/compute/dry-executor.ts';
import type { Access } from '../../../src/compute/kernel.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import type { ModelConfig } from '../../../src/nn/transformer/config.ts';
import { Graph } from '../../../src/nn/graph/graph.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { liveBytes, packValues, type Lifetime } from '../../../src/nn/graph/activation-packing.ts';
import { Workspace } from '../../../src/nn/graph/plan.ts';
import { TrainingArena, placementFor } from '../../../src/nn/graph/parameter-arena.ts';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { createTrainProgram } from '../../../src/nn/training/train-program.ts';
import { TINY } from '../../support/models/training.ts';

const graph = new Graph();

function lifetime(length: number, uses: readonly (readonly [number, Access])[], type = 'f32') {
  const value = graph.value(`v${length}`, length, type as 'f32' | 'u32');
  const indices = uses.map(([step]) => step);
  return { value, first: Math.min(...indices), last: Math.max(...indices), uses: new Map(uses) };
}

/** Random programs: each step reads some living values and writes one. */
function randomLifetimes(seed: number): Lifetime[] {
  const random = new RandomStream(seed, 'packing');
  return Array.from({ length: 60 }, (_, step) => {
    const reads = Array.from({ length: random.nextInt(4) }, (): [number, Access] => [
      step + 1 + random.nextInt(8),
      'read',
    ]);
    reads.sort(([a], [b]) => a - b);
    return lifetime(1 + random.nextInt(1000), [[step, 'read_write'], ...reads]);
  });
}

/** What WebGPU and the program need of a packing. */
function expectSound(lifetimes: readonly Lifetime[], existing: { type: 'f32'; length: number }[]) {
  const { slabs, places } = packValues(lifetimes, existing, Infinity);
  existing.forEach(({ length }, index) => {
    expect(slabs[index]?.length).toBe(length);
  });
  const placed = lifetimes.map((own) => {
    const place = places.get(own.value);
    if (place === undefined) throw new Error('not placed');
    return { own, ...place, end: place.offset + own.value.length };
  });
  for (const a of placed) {
    expect(a.offset % 64).toBe(0);
    expect(a.end).toBeLessThanOrEqual(slabs[a.slab]?.length ?? 0);
    for (const b of placed) {
      if (a === b || a.slab !== b.slab) continue;
      const meet = a.own.first <= b.own.last && b.own.first <= a.own.last;
      if (meet) expect(a.end <= b.offset || b.end <= a.offset).toBe(true);
      for (const [step, access] of a.own.uses) {
        expect(b.own.uses.get(step) ?? access).toBe(access);
      }
    }
  }
  return slabs;
}

describe('packing values', () => {
  it.each([1, 2, 3, 4, 5])('overlaps nothing that lives together, seed %i', (seed) => {
    expectSound(randomLifetimes(seed), []);
    expectSound(randomLifetimes(seed), [
      { type: 'f32', length: 512 },
      { type: 'f32', length: 2048 },
    ]);
  });

  it('is the same every time', () => {
    const lifetimes = randomLifetimes(9);
    const places = () => [...packValues(lifetimes, [], Infinity).places.values()];
    expect(places()).toEqual(places());
  });

  it('gives the end of a value to the next one', () => {
    const a = lifetime(100, [[0, 'read_write']]);
    const b = lifetime(100, [[1, 'read_write']]);
    expect(expectSound([a, b], []).map(({ length }) => length)).toEqual([128]);
  });

  it('never binds a slab read-only and writable in one step', () => {
    const x = lifetime(64, [
      [0, 'read_write'],
      [1, 'read'],
    ]);
    const y = lifetime(64, [[1, 'read_write']]);
    expect(expectSound([x, y], [])).toHaveLength(2);
    const room = [{ type: 'f32' as const, length: 128 }];
    expect(expectSound([x, y], room)).toHaveLength(2);
    const both = lifetime(64, [
      [0, 'read_write'],
      [1, 'read_write'],
    ]);
    expect(expectSound([both, y], room)).toHaveLength(1);
  });

  it('keeps types and buffer limits apart', () => {
    const floats = lifetime(64, [[0, 'read_write']]);
    const integers = lifetime(64, [[0, 'read_write']], 'u32');
    expect(expectSound([floats, integers], [])).toHaveLength(2);
    const long = lifetime(128, [[0, 'read_write']]);
    const short = lifetime(128, [[1, 'read_write']]);
    const both = lifetime(64, [
      [1, 'read_write'],
      [2, 'read_write'],
    ]);
    const lengths = (maxLength: number) =>
      packValues([long, short, both], [], maxLength).slabs.map(({ length }) => length);
    expect(lengths(128)).toEqual([128, 64]);
  });

  it('counts what lives at once', () => {
    const a = lifetime(10, [
      [0, 'read_write'],
      [2, 'read'],
    ]);
    const b = lifetime(5, [[1, 'read_write']]);
    const c = lifetime(7, [[3, 'read_write']]);
    expect(liveBytes([a, b, c])).toBe(60);
  });
});

describe('activations of a training step', () => {
  it.each([
    { width: 64, layers: 2, V: 200, recompute: false },
    { width: 64, layers: 2, V: 1024, recompute: true },
    { width: 128, layers: 4, V: 4000, recompute: false },
    { width: 128, layers: 4, V: 4000, recompute: true },
  ])('need at most 1.3 x what lives at once: $width, $V, $recompute', async (sizes) => {
    const { width, layers, V, recompute } = sizes;
    const config: ModelConfig = {
      ...TINY,
      width,
      layers,
      heads: width / 16,
      kvHeads: width / 32,
      headWidth: 16,
      feedForward: 3 * width,
      vocabSize: V,
      maxPositions: 64,
    };
    const executor = new DryExecutor(createCpuExecutor().profile);
    const model = languageModel(config);
    const scope = new BufferScope(executor);
    const arena = new TrainingArena(scope, placementFor(executor, model));
    const workspace = new Workspace(executor);
    let live = 0;
    const memory = {
      place(lifetimes: readonly Lifetime[]) {
        live = liveBytes(lifetimes);
        return workspace.place(lifetimes);
      },
    };
    const small = scope.floats('small', 4096);
    const optimizer = { partial: small, hyper: small, control: small, stats: small };
    const program = await createTrainProgram(executor, memory, {
      model: model.open(scope),
      shape: { B: 8, T: 64 },
      name: '8x64',
      parameters: arena.views(),
      optimizer: { shards: arena.trained, ...optimizer },
      lossTotal: small,
      part: 'update',
      recompute,
    });
    expect(live).toBeGreaterThan(8 * 64 * V * 4);
    expect(executor.bytesOf('activations') / live).toBeLessThanOrEqual(1.3);
    program.destroy();
    workspace.destroy();
    scope.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });
});
