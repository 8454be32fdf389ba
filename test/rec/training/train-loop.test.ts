import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { entryOf } from '../../../src/core/layout.ts';
import { splitBatch } from '../../../src/nn/training/micro-batches.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import type { EpochKeeping } from '../../../src/rec/training/epoch-choice.ts';
import { runTraining, type TrainLoopSettings } from '../../../src/rec/training/train-loop.ts';
import { stepBatch, TINY } from '../../support/models/training.ts';

const SETTINGS: TrainLoopSettings = {
  epochs: 5,
  learningRate: 0.01,
  warmupSteps: 0,
  schedule: 'constant',
  finalLearningRateFraction: 0,
  weightDecay: 0,
  clipNorm: 0,
  seed: 1,
};
const PER_EPOCH = 2;

async function run(changes: Partial<TrainLoopSettings> = {}, keeping?: EpochKeeping) {
  const after: Float32Array[] = [];
  const trained = await runTraining(createCpuExecutor(), {
    model: languageModel(TINY),
    parameters: initialParameters(TINY, 7),
    settings: { ...SETTINGS, ...changes },
    shapes: [{ B: 3, T: 11 }],
    batchesPerEpoch: PER_EPOCH,
    epochBatches: (epoch) => [stepBatch(2 * epoch), stepBatch(2 * epoch + 1)],
    split: splitBatch,
    onEpoch: (_, parameters) => {
      after.push(parameters.slice());
      return Promise.resolve();
    },
    ...(keeping && { keeping }),
  });
  return { ...trained, after };
}

/** Validation that gives these values, one after the other, whatever it measures. */
function scripted(values: readonly number[], patience: number | null, seen: Float32Array[] = []) {
  const left = [...values];
  return {
    better: 'lower' as const,
    patience,
    measure: (parameters: Float32Array) => {
      seen.push(parameters);
      return Promise.resolve(left.shift() ?? NaN);
    },
  };
}

describe('what a training run keeps', () => {
  it('is the last epoch where nobody says more', async () => {
    const { parameters, choice, steps, after } = await run();
    expect(choice).toBeUndefined();
    expect(steps).toBe(5 * PER_EPOCH);
    expect(parameters).toEqual(after[5]);
  });

  it('is the best epoch on validation, and training stops by its patience', async () => {
    const validation = scripted([5, 4, 3, 3, 3.5, 1], 2);
    const { parameters, choice, steps, after } = await run({}, { validation });
    expect(choice).toEqual({
      ...{ epoch: 2, trained: 4, planned: 5, averaged: 1 },
      values: [5, 4, 3, 3, 3.5],
      improves: true,
    });
    expect(steps).toBe(4 * PER_EPOCH);
    expect(parameters).toEqual(after[2]);
  });

  it('looks at all epochs without patience, and can look for the highest', async () => {
    const validation = { ...scripted([5, 4, 3, 1, 3.5, 2], null), better: 'higher' as const };
    const { parameters, choice, after } = await run({}, { validation });
    expect(choice).toMatchObject({ epoch: 1, trained: 5, improves: false });
    expect(parameters).toEqual(after[1]);
  });

  it('is a trained epoch where none is better than the start', async () => {
    const validation = scripted([1, 3, 2, 4, 5], 2);
    const { parameters, choice, after } = await run({}, { validation });
    expect(choice).toMatchObject({ epoch: 2, trained: 4, improves: false });
    expect(parameters).toEqual(after[2]);
  });

  it('is what validation measured where epochs are averaged', async () => {
    const mean = (arenas: readonly Float32Array[]) =>
      Promise.resolve(
        Float32Array.from(arenas[0] ?? [], (_, i) => {
          return arenas.reduce((sum, arena) => sum + (arena[i] ?? NaN), 0) / arenas.length;
        }),
      );
    const seen: Float32Array[] = [];
    const validation = scripted([9, 5, 4, 3, 6, 7], null, seen);
    const average = { epochs: 2, mix: mean };
    const { parameters, choice, after } = await run({}, { validation, average });
    expect(choice).toMatchObject({ epoch: 3, averaged: 2, trained: 5 });
    const [second = new Float32Array(), third = new Float32Array()] = after.slice(2);
    expect(parameters).toEqual(await mean([second, third]));
    expect(seen[3]).toEqual(parameters);
    // The first epoch has no other to be averaged with.
    expect(seen[1]).toEqual(after[1]);
    const last = await run({}, { average });
    expect(last.choice).toMatchObject({ epoch: 5, averaged: 2, values: [] });
    const [fourth = new Float32Array(), fifth = new Float32Array()] = last.after.slice(4);
    expect(last.parameters).toEqual(await mean([fourth, fifth]));
  });

  it('is nothing where validation gives no number', async () => {
    const executor = createCpuExecutor();
    const input = {
      model: languageModel(TINY),
      parameters: initialParameters(TINY, 7),
      settings: SETTINGS,
      shapes: [{ B: 3, T: 11 }],
      batchesPerEpoch: 1,
      epochBatches: () => [stepBatch(0)],
      split: splitBatch,
      keeping: { validation: scripted([1, NaN], 2) },
    };
    await expect(runTraining(executor, input)).rejects.toMatchObject({ code: 'non-finite' });
    expect(executor.memory().liveBytes).toBe(0);
  });
});

describe('a warm-up', () => {
  it('is told where it is cut, and where it does not fit', async () => {
    expect((await run({ warmupSteps: 2 })).warmup).toBeUndefined();
    expect((await run({ warmupSteps: 40 })).warmup).toEqual({ asked: 40, used: 10, total: 10 });
    const old = { schedule: undefined } as unknown as Partial<TrainLoopSettings>;
    const cut = await run({ ...old, warmupSteps: 8 });
    expect(cut.warmup).toEqual({ asked: 8, used: 2, total: 10 });
    const two = await run({ ...old, warmupSteps: 2 });
    expect(two.warmup).toBeUndefined();
    expect(cut.parameters).toEqual(two.parameters);
    expect((await run({ schedule: 'cosine', warmupSteps: 8 })).parameters).not.toEqual(
      two.parameters,
    );
  });
});

describe('decay', () => {
  it('pulls the groups that it names, and no other', async () => {
    const names = {
      projections: 'model.layers.0.mlp.down_proj.weight',
      embeddings: 'model.embed_tokens.weight',
      norms: 'model.norm.weight',
    } as const;
    const { layout } = languageModel(TINY);
    const valuesOf = async (changes: Partial<TrainLoopSettings>, name: string) => {
      const { offset, size } = entryOf(layout, name);
      const { parameters } = await run({ epochs: 1, ...changes });
      return parameters.subarray(offset, offset + size);
    };
    for (const [group, name] of Object.entries(names)) {
      const free = await valuesOf({}, name);
      for (const decayed of ['projections', 'embeddings', 'norms'] as const) {
        const pulled = await valuesOf({ weightDecay: 0.5, decay: [decayed] }, name);
        // Tensors are trained together, so that others move a little where one of them decays.
        const norm = (values: Float32Array) => Math.hypot(...values);
        const shrinks = norm(pulled) < 0.997 * norm(free);
        expect(shrinks, `${group} with decay of ${decayed}`).toBe(decayed === group);
      }
    }
  });
});
