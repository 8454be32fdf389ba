import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { EMBEDDING, FINAL_NORM, parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { estimateTraining } from '../../../src/nn/training/memory-estimate.ts';
import { microShapes, splitBatch } from '../../../src/nn/training/micro-batches.ts';
import type { TrainOptions } from '../../../src/nn/training/train-memory.ts';
import type { Batch } from '../../../src/nn/inputs/token-batch.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { stepBatch, TINY } from './training.ts';

export const TWO_LAYERS = { ...TINY, layers: 2 };
export const LAYOUT = parameterLayout(TWO_LAYERS);
const MODEL = languageModel(TWO_LAYERS);
const SETTINGS = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1, clipNorm: 0.5 };

export function tensor(arena: Float32Array<ArrayBuffer>, name: string): Float32Array {
  return tensorOf(LAYOUT, arena, name);
}

/** Trains the two-layer model and gives back its state, losses and norms. */
export async function trained(
  executor: Executor,
  {
    options = {},
    steps = 5,
    split = (batch: Batch): readonly Batch[] => [batch],
    clipNorm = SETTINGS.clipNorm,
    rows = 4,
  }: {
    options?: TrainOptions;
    steps?: number;
    split?: (batch: Batch) => readonly Batch[];
    clipNorm?: number;
    rows?: number;
  } = {},
) {
  const before = executor.memory().liveBytes;
  const start = initialParameters(TWO_LAYERS, 7);
  const trainer = new Trainer(executor, MODEL, start, { ...SETTINGS, clipNorm }, options);
  try {
    for (let i = 0; i < steps; i++) await trainer.step(split(stepBatch(i, rows)), 0.01);
    const stats = await trainer.flush();
    const held = executor.memory().liveBytes - before;
    return { ...(await trainer.state()), stats, start, held };
  } finally {
    trainer.destroy();
    expect(executor.memory().liveBytes, 'bytes after the run').toBe(before);
  }
}

/** Frozen tensors keep their bits and cost nothing; the norm does not count them. */
export async function checkFrozen(executor: Executor): Promise<void> {
  const all = await trained(executor);
  const rules = [
    { pattern: EMBEDDING, frozen: true },
    { pattern: 'model.layers.0.*', frozen: true },
  ];
  const part = await trained(executor, { options: { rules } });
  for (const { name } of LAYOUT.entries) {
    const isFrozen = name === EMBEDDING || name.startsWith('model.layers.0.');
    const got = tensor(part.parameters, name);
    if (isFrozen) {
      expect(got, name).toEqual(tensor(part.start, name));
      expect(
        tensor(part.m, name).every((value) => value === 0),
        name,
      ).toBe(true);
    } else expect(got, name).not.toEqual(tensor(part.start, name));
  }
  const [first, whole] = [part.stats[0], all.stats[0]];
  expect(first?.loss).toBe(whole?.loss);
  expect(first?.gradNorm).toBeLessThan(whole?.gradNorm ?? 0);
  // The first layer and the embedding have neither gradients nor moments (12 bytes a value).
  const frozen = LAYOUT.entries
    .filter(({ name }) => name === EMBEDDING || name.startsWith('model.layers.0.'))
    .reduce((sum, { size }) => sum + size, 0);
  expect(all.held - part.held).toBeGreaterThanOrEqual(12 * frozen);
}

/** A multiplier of 0 keeps a tensor without freezing it; without decay only AdamW moves it. */
export async function checkMultipliers(executor: Executor): Promise<void> {
  const plain = await trained(executor, { steps: 1 });
  const rules = [
    { pattern: EMBEDDING, learningRate: 0 },
    { pattern: FINAL_NORM, learningRate: 0.5 },
    { pattern: '*.o_proj.weight', decay: false },
  ];
  const ruled = await trained(executor, { steps: 1, options: { rules } });
  expect(ruled.stats).toEqual(plain.stats);
  expect(tensor(ruled.parameters, EMBEDDING)).toEqual(tensor(ruled.start, EMBEDDING));
  const moved = (run: typeof plain) => {
    const now = tensor(run.parameters, FINAL_NORM);
    return tensor(run.start, FINAL_NORM).map((value, i) => (now[i] ?? NaN) - value);
  };
  moved(ruled).forEach((change, i) => {
    expect(Math.abs(change - 0.5 * (moved(plain)[i] ?? NaN))).toBeLessThan(1e-6);
  });
  const o = 'model.layers.1.self_attn.o_proj.weight';
  const decayed = tensor(plain.parameters, o);
  const start = tensor(plain.start, o);
  tensor(ruled.parameters, o).forEach((value, i) => {
    const wanted = (decayed[i] ?? NaN) + 0.01 * 0.1 * (start[i] ?? NaN);
    expect(Math.abs(value - wanted)).toBeLessThan(1e-7);
  });
}

/** Micro-batches of one row each are the same step as the whole batch, up to rounding. */
export async function checkAccumulation(executor: Executor): Promise<void> {
  const whole = await trained(executor, { steps: 3 });
  const inParts = await trained(executor, { steps: 3, split: rowsOf });
  whole.stats.forEach(({ loss, gradNorm }, i) => {
    expect(Math.abs((inParts.stats[i]?.loss ?? NaN) / loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs((inParts.stats[i]?.gradNorm ?? NaN) / gradNorm - 1)).toBeLessThan(1e-4);
  });
  // Adam divides by √v: where a gradient is almost 0 its rounding shows, so moments are compared.
  inParts.m.forEach((value, i) => {
    const wanted = whole.m[i] ?? NaN;
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-6 + 1e-4 * Math.abs(wanted));
  });
  const again = await trained(executor, { steps: 3, split: rowsOf });
  expect(again.parameters).toEqual(inParts.parameters);
}

/** Computing blocks again gives the same bits and holds less. */
export async function checkRecompute(executor: Executor): Promise<void> {
  const plain = await trained(executor);
  const again = await trained(executor, { options: { recompute: true } });
  expect(again.parameters).toEqual(plain.parameters);
  expect(again.m).toEqual(plain.m);
  expect(again.stats).toEqual(plain.stats);
  expect(again.held).toBeLessThan(plain.held);
}

export function rowsOf({ B, T, ids, targets }: Batch): Batch[] {
  return Array.from({ length: B }, (_, b) => ({
    B: 1,
    T,
    ids: ids.subarray(b * T, (b + 1) * T),
    targets: targets.subarray(b * T, (b + 1) * T),
  }));
}

/** The dry run counts what the real one takes, byte for byte, whatever the options. */
export async function checkEstimate(executor: Executor): Promise<void> {
  const start = initialParameters(TWO_LAYERS, 7);
  const shapes = [
    { B: 1, T: 16 },
    { B: 2, T: 11 },
  ];
  const needs = [
    { microBatches: 1 },
    { microBatches: 2 },
    { recompute: true },
    { rules: [{ pattern: EMBEDDING, frozen: true }] },
  ];
  for (const { microBatches = 1, ...options } of needs) {
    const need = { shapes, microBatches, ...options };
    const estimate = await estimateTraining(executor.profile, MODEL, need);
    const trainer = new Trainer(executor, MODEL, start, SETTINGS, options);
    for (const { B, T, parts } of microShapes(shapes, microBatches)) {
      await trainer.prepare({ B, T }, parts);
    }
    for (const { B, T } of shapes) {
      await trainer.step(splitBatch(stepBatch(0, B, T), microBatches), 0.01);
    }
    await trainer.flush();
    expect(executor.memory().liveBytes).toBe(estimate.total);
    const { weights, gradients, moments, activations } = estimate;
    // Batches, tables and statistics are small beside the rest, even for a model this tiny.
    expect(estimate.total).toBeLessThan(1.3 * (weights + gradients + moments + activations));
    trainer.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  }
}
