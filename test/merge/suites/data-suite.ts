import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { entryOf } from '../../../src/core/layout.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import {
  EMBEDDING,
  HEAD,
  layerNames,
  parameterLayout,
} from '../../../src/nn/transformer/layout.ts';
import type { Batch } from '../../../src/nn/inputs/token-batch.ts';
import { fisherInformation } from '../../../src/merge/data/fisher-information.ts';
import { inputGrams } from '../../../src/merge/data/input-grams.ts';
import {
  learnLayerWeights,
  type LayerWeightSettings,
} from '../../../src/merge/data/learn-layer-weights.ts';
import { entropyLoss } from './entropy.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { RandomStream } from '../../../src/core/rng.ts';

const CONFIG = {
  vocabSize: 12,
  width: 8,
  layers: 1,
  heads: 1,
  kvHeads: 1,
  headWidth: 8,
  feedForward: 8,
  tied: false,
  qkNorm: true,
  normEps: 1e-6,
  ropeTheta: 10000,
  maxPositions: 16,
} as const;
const LAYOUT = parameterLayout(CONFIG);
const T = 8;

/** A sequence of random tokens, `real` positions long; each predicts the next but the first two. */
function sequence(seed: number, real: number): Batch {
  const random = new RandomStream(seed, 'sequence');
  const ids = Uint32Array.from({ length: T }, (_, t) => (t < real ? random.nextInt(12) : 0));
  const targets = Int32Array.from({ length: T }, (_, t) =>
    t >= 2 && t < real ? random.nextInt(12) : -100,
  );
  return { B: 1, T, ids, targets, segments: Uint32Array.of(0, real) };
}

/** Weights of a size at which the model is not linear. */
function weights(seed: number): Float32Array<ArrayBuffer> {
  return initialParameters(CONFIG, seed).map((value) => (value === 1 ? 1 : value * 20));
}

function tuned(base: Float32Array, seed: number): Float32Array<ArrayBuffer> {
  const random = new RandomStream(seed, 'tuned');
  const moved = Float32Array.from(base);
  for (const { offset, size } of LAYOUT.entries) {
    for (let i = offset; i < offset + size; i++) {
      moved[i] = (moved[i] ?? 0) + 0.2 * random.nextNormal();
    }
  }
  return moved;
}

/** What the merges that look at data promise, on one executor. */
export function describeDataMerging(open: () => Executor): void {
  const base = weights(1);
  const models = [2, 3, 4, 5].map((seed) => tuned(base, seed));
  const model = languageModel(CONFIG);

  /** −log p of the targets of a sequence, from the logits alone. */
  const negativeLogLikelihood = async (parameters: Float32Array, batch: Batch) => {
    const logits = await forwardLogits(open(), CONFIG, parameters, batch);
    let total = 0;
    batch.targets.forEach((target, t) => {
      if (target < 0) return;
      const row = Array.from(logits.subarray(t * 12, (t + 1) * 12));
      const sum = row.reduce((all, z) => all + Math.exp(z), 0);
      total += Math.log(sum) - (row[target] ?? 0);
    });
    return total;
  };

  const meanEntropy = async (parameters: Float32Array, batches: readonly Batch[]) => {
    const rows: number[] = [];
    for (const batch of batches) {
      const logits = await forwardLogits(open(), CONFIG, parameters, batch);
      batch.targets.forEach((target, t) => {
        if (target >= 0) rows.push(...logits.subarray(t * 12, (t + 1) * 12));
      });
    }
    return entropyLoss(rows, 12, 0);
  };

  it('squares the gradients of single sequences', async () => {
    const sequences = [sequence(1, 8), sequence(2, 5)];
    const before = open().memory().liveBytes;
    const both = await fisherInformation(open(), model, base, sequences);
    expect(open().memory().liveBytes).toBe(before);
    const single: Float32Array[] = [];
    for (const own of sequences) single.push(await fisherInformation(open(), model, base, [own]));
    const [first = both, second = both] = single;
    both.forEach((value, i) => {
      expect(value).toBeCloseTo(((first[i] ?? 0) + (second[i] ?? 0)) / 2, 4);
    });
    // The largest values of some tensors against differences of the likelihood.
    for (const name of [EMBEDDING, HEAD, layerNames(0).q, layerNames(0).down]) {
      const { offset, size } = entryOf(LAYOUT, name);
      const part = Array.from(first.subarray(offset, offset + size));
      const at = offset + part.indexOf(Math.max(...part));
      const moved = async (by: number) => {
        const changed = base.slice();
        changed[at] = (changed[at] ?? 0) + by;
        return negativeLogLikelihood(changed, sequences[0] ?? sequence(1, 8));
      };
      const slope = ((await moved(0.004)) - (await moved(-0.004))) / 0.008;
      expect(Math.abs((first[at] ?? 0) / slope ** 2 - 1), name).toBeLessThan(0.02);
    }
    const again = await fisherInformation(open(), model, base, sequences);
    expect(again).toEqual(both);
    const fisher = [both, both.map((value) => value * 4)];
    const merged = await mergeArenas(open(), LAYOUT, {
      method: 'fisher',
      parameters: { normalize_fisher_weight: false },
      base: null,
      models: models.slice(0, 2),
      statistics: { fisher },
    });
    expect(merged.every(Number.isFinite)).toBe(true);
  });

  it('looks at the inputs of linear layers, not at padding', async () => {
    const batches = [sequence(1, 8), sequence(2, 5), sequence(3, 3)];
    const before = open().memory().liveBytes;
    const grams = await inputGrams(open(), CONFIG, base, batches);
    expect(open().memory().liveBytes).toBe(before);
    const names = layerNames(0);
    const { q, k, v, o, gate, up, down } = names;
    expect([...grams.keys()].sort()).toEqual([q, k, v, o, gate, up, down, HEAD].sort());
    expect(grams.get(q)).toBe(grams.get(v));
    // The first layer sees normalised embeddings.
    const table = entryOf(LAYOUT, EMBEDDING).offset;
    const norm = entryOf(LAYOUT, names.inputNorm).offset;
    const expected = new Float64Array(64);
    let tokens = 0;
    for (const { ids, segments = Uint32Array.of(0, T) } of batches) {
      for (const id of ids.subarray(0, segments[1])) {
        const row = Array.from(base.subarray(table + id * 8, table + id * 8 + 8));
        const size = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / 8 + 1e-6);
        const x = row.map((value, c) => (value / size) * (base[norm + c] ?? 0));
        x.forEach((a, i) =>
          x.forEach((b, j) => (expected[i * 8 + j] = (expected[i * 8 + j] ?? 0) + a * b)),
        );
        tokens += 1;
      }
    }
    grams.get(q)?.forEach((value, at) => {
      expect(value).toBeCloseTo((expected[at] ?? Number.NaN) / tokens, 4);
    });
    const gram = Object.fromEntries([...grams].map(([name, own]) => [name, [own, own]]));
    const merged = await mergeArenas(open(), LAYOUT, {
      method: 'regmean',
      parameters: {},
      base: null,
      models: models.slice(0, 2),
      statistics: { gram },
    });
    merged.forEach((value, i) => {
      expect(value).toBeCloseTo(((models[0]?.[i] ?? 0) + (models[1]?.[i] ?? 0)) / 2, 3);
    });
  });

  it('learns the weights of layers from the entropy of predictions', async () => {
    const batches = [sequence(1, 8), sequence(2, 7)];
    const settings: LayerWeightSettings = {
      initial: 0.3,
      learningRate: 0.05,
      steps: 1,
      clamp: false,
      layers: 'tensor',
    };
    const learn = (changes: Partial<LayerWeightSettings>, count = models.length) =>
      learnLayerWeights(open(), {
        model,
        base,
        models: models.slice(0, count),
        batchesOf: () => batches,
        settings: { ...settings, ...changes },
      });
    const before = open().memory().liveBytes;
    const start = await learn({ steps: 0 });
    expect(start.layers).toEqual(LAYOUT.entries.map(({ name }) => name));
    const one = await learn({});
    expect(open().memory().liveBytes).toBe(before);
    expect(one.entropies[0]).toBeCloseTo(await meanEntropy(start.parameters, batches), 4);
    // The first step of Adam goes against the sign of each slope.
    const composed = async (model: number, tensor: string, by: number) => {
      const { offset, size } = entryOf(LAYOUT, tensor);
      const changed = start.parameters.slice();
      for (let i = offset; i < offset + size; i++) {
        changed[i] = (changed[i] ?? 0) + by * ((models[model]?.[i] ?? 0) - (base[i] ?? 0));
      }
      return meanEntropy(changed, batches);
    };
    for (const [k, tensor] of [
      [0, layerNames(0).o],
      [1, EMBEDDING],
      [3, HEAD],
    ] as const) {
      const slope = (await composed(k, tensor, 0.02)) - (await composed(k, tensor, -0.02));
      const moved = (one.weights[k]?.[one.layers.indexOf(tensor)] ?? Number.NaN) - 0.3;
      expect(Math.abs(slope), tensor).toBeGreaterThan(1e-4);
      expect(moved, tensor).toBeCloseTo(-0.05 * Math.sign(slope), 3);
    }
    const blocks = await learn({ steps: 12, layers: 'block', clamp: true }, 2);
    expect(blocks.layers).toEqual([EMBEDDING, 'model.layers.0', 'model.norm.weight', HEAD]);
    expect(await meanEntropy(blocks.parameters, batches)).toBeLessThan(
      0.95 * (blocks.entropies[0] ?? 0),
    );
    expect(blocks.weights.flat().every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(await learn({ steps: 12, layers: 'block', clamp: true }, 2)).toEqual(blocks);
  });

  it('stops on request and refuses what it cannot look at', async () => {
    const signal = AbortSignal.abort();
    const own = [sequence(1, 8)];
    await expect(fisherInformation(open(), model, base, own, { signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    await expect(fisherInformation(open(), model, base, [])).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    await expect(inputGrams(open(), CONFIG, base, [])).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    await expect(inputGrams(open(), CONFIG, base.slice(1), own)).rejects.toMatchObject({
      code: 'layout-mismatch',
    });
    const settings = {
      initial: 0.3,
      learningRate: 0.1,
      steps: 1,
      clamp: false,
      layers: 'model',
    } as const;
    const request = { model, base, models, batchesOf: () => [], settings };
    await expect(learnLayerWeights(open(), request)).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    expect(open().memory().liveBytes).toBe(0);
  });
}
