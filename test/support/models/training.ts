import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { writeSafetensors } from '../../../src/io/safetensors-write.ts';
import { readSafetensors } from '../../../src/io/safetensors.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { fillArena, tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { learningRateAt } from '../../../src/nn/training/schedule.ts';
import type { StepStats } from '../../../src/nn/training/stats-ring.ts';
import { Trainer, type TrainerState } from '../../../src/nn/training/trainer.ts';
import type { Batch, BatchShape } from '../../../src/nn/inputs/token-batch.ts';

export const TINY = {
  vocabSize: 48,
  width: 16,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headWidth: 8,
  feedForward: 24,
  tied: true,
  qkNorm: true,
  normEps: 1e-6,
  ropeTheta: 10000,
  maxPositions: 32,
} as const;

const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, clipNorm: 1 };
const SCHEDULE = { peak: 0.01, warmupSteps: 10, totalSteps: 200, finalFraction: 0.1 };

/** Batch of a step: token t + 1 follows token t, so that there is something to learn. */
export function stepBatch(stepIndex: number, B = 3, T = 11): Batch {
  const random = new RandomStream(stepIndex, 'test batches');
  const ids = new Uint32Array(B * T);
  const targets = new Int32Array(B * T);
  for (let b = 0; b < B; b++) {
    const start = random.nextInt(TINY.vocabSize);
    for (let t = 0; t < T; t++) {
      ids[b * T + t] = (start + t) % TINY.vocabSize;
      targets[b * T + t] = t % 4 === 3 ? -100 : (start + t + 1) % TINY.vocabSize;
    }
  }
  return { B, T, ids, targets };
}

export type LanguageTrainer = Trainer<BatchShape, Batch>;

export function newTrainer(executor: Executor, parameters?: Float32Array): LanguageTrainer {
  const start = parameters ?? initialParameters(TINY, 7);
  return new Trainer(executor, languageModel(TINY), start, ADAMW);
}

export async function trainSteps(trainer: LanguageTrainer, steps: number): Promise<StepStats[]> {
  const stats: StepStats[] = [];
  for (let i = 0; i < steps; i++) {
    const at = trainer.stepCount;
    await trainer.step(stepBatch(at), learningRateAt(SCHEDULE, at));
    stats.push(...trainer.takeStats());
  }
  stats.push(...(await trainer.flush()));
  return stats;
}

/** Weights and moments through real safetensors files and back. */
function throughFiles(trainer: LanguageTrainer, state: TrainerState): TrainerState {
  const { layout } = trainer;
  const store = (arena: Float32Array<ArrayBuffer>) => {
    const bytes = writeSafetensors(
      layout.entries.map(({ name, shape }) => ({
        name,
        shape,
        data: tensorOf(layout, arena, name),
      })),
    );
    const file = readSafetensors(bytes, 'state.safetensors');
    return fillArena(
      layout,
      new Map(
        [...file.tensors].map(([name, { shape }]) => [name, { shape, data: file.floats(name) }]),
      ),
    );
  };
  const { parameters, m, v, stepCount } = state;
  return { parameters: store(parameters), m: store(m), v: store(v), stepCount };
}

/** 100 steps, save, reload into a new trainer, 100 more = 200 uninterrupted, bit for bit. */
export async function checkResume(executor: Executor): Promise<void> {
  const whole = newTrainer(executor);
  const wholeStats = await trainSteps(whole, 200);
  const wanted = await whole.state();
  expect(wholeStats.map(({ stepIndex }) => stepIndex)).toEqual(
    Array.from({ length: 200 }, (_, i) => i),
  );
  expect(wholeStats.at(-1)?.loss).toBeLessThan(0.5 * (wholeStats[0]?.loss ?? 0));

  const first = newTrainer(executor);
  const firstStats = await trainSteps(first, 100);
  const saved = throughFiles(first, await first.state());
  first.destroy();
  const second = newTrainer(executor);
  second.restore(saved);
  const secondStats = await trainSteps(second, 100);
  const got = await second.state();
  expect([...firstStats, ...secondStats]).toEqual(wholeStats);
  expect(got.parameters).toEqual(wanted.parameters);
  expect(got.m).toEqual(wanted.m);
  expect(got.v).toEqual(wanted.v);
  whole.destroy();
  second.destroy();
}

/** Same seed, same bits; another seed, other bits (so the comparison can fail). */
export async function checkSameBits(executor: Executor): Promise<void> {
  const run = async (seed: number) => {
    const trainer = newTrainer(executor, initialParameters(TINY, seed));
    await trainSteps(trainer, 20);
    const { parameters } = await trainer.state();
    trainer.destroy();
    return parameters;
  };
  const once = await run(1);
  expect(await run(1)).toEqual(once);
  expect(await run(2)).not.toEqual(once);
}

/** A poisoned weight stops the training with its step named, and changes no weight. */
export async function checkNonFinite(executor: Executor): Promise<void> {
  const parameters = initialParameters(TINY, 7);
  parameters[5] = NaN;
  const trainer = newTrainer(executor, parameters);
  await expect(trainSteps(trainer, 3)).rejects.toMatchObject({
    code: 'non-finite',
    message:
      'Step 0: the loss or the gradient is not a number, because of element 5 of ' +
      '"model.embed_tokens.weight" (NaN).',
    hint: expect.stringMatching(/unchanged.*start from another base/) as string,
    details: { stepIndex: 0, place: 'weight', tensor: 'model.embed_tokens.weight', index: 5 },
  });
  const { parameters: after } = await trainer.state();
  expect(after).toEqual(parameters);
  trainer.destroy();
}

/** Steps allocate nothing: bytes and buffers stay as they are after the first step of a shape. */
export async function checkNoAllocation(executor: Executor): Promise<void> {
  const trainer = newTrainer(executor);
  await trainSteps(trainer, 1);
  const before = executor.memory();
  await trainSteps(trainer, 40);
  expect(executor.memory()).toEqual(before);
  trainer.destroy();
  expect(executor.memory().liveBytes).toBe(0);
}
