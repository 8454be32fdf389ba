import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { buildCodeTree, nodeCount } from '../../../src/nn/compact-id-model/code-tree.ts';
import {
  initialCompactIds,
  PREFIX_VECTORS,
} from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { compactIdModel } from '../../../src/nn/compact-id-model/compact-id-model.ts';
import { placementFor } from '../../../src/nn/graph/parameter-arena.ts';
import type { Batch } from '../../../src/nn/inputs/token-batch.ts';
import { estimateTraining } from '../../../src/nn/training/memory-estimate.ts';
import { splitBatch } from '../../../src/nn/training/micro-batches.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { rankCompactIds } from '../../../src/rec/evaluation/rank-compact-ids.ts';
import { LimitedCpu } from '../../support/machine/limited-device.ts';
import { CONFIG } from '../../support/models/compact-ids.ts';
import { expectClose } from '../../support/ops/check-op.ts';

/** 300 items: more prefixes than a small binding holds. */
const LEVELS = 3;
const CODES_PER_LEVEL = 8;
const CODES = Array.from({ length: 300 }, (_, item) => {
  const number = (item * 7) % 512;
  return [number >> 6, (number >> 3) & 7, number & 7];
}).flat();
const TREE = buildCodeTree(CODES, LEVELS, CODES_PER_LEVEL);
const SIZES = { levels: LEVELS, codesPerLevel: CODES_PER_LEVEL, nodes: nodeCount(TREE) };
const MODEL_CONFIG = { ...CONFIG, ...SIZES };
const MODEL = compactIdModel(MODEL_CONFIG, TREE);
const BATCH: Batch = {
  B: 2,
  T: 5,
  ids: Uint32Array.of(0, 7, 300, 1, 44, 0, 290, 290, 5, 5),
  targets: Int32Array.of(6, 299, 0, 43, 120, 289, 289, 4, -100, -100),
  segments: Uint32Array.of(0, 5, 5, 8),
  scoredLimit: 8,
};
/** Without clipping: the norm of several shards is a sum in another order. */
const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, clipNorm: 0 };
/** 192 rows of a table, and the widest activation. */
const SMALL = { maxBufferSize: 12288, maxStorageBufferBindingSize: 12288 };

async function train(executor: Executor, { recompute = false, parts = 1 } = {}) {
  const before = executor.memory().liveBytes;
  const options = { shapes: [BATCH], recompute, microBatches: parts };
  const need = await estimateTraining(executor.profile, MODEL, options);
  expect(need.microBatches).toBe(parts);
  const start = initialCompactIds(MODEL_CONFIG, 1);
  const trainer = new Trainer(executor, MODEL, start, ADAMW, { recompute });
  for (const shape of MODEL.microShapes([BATCH], parts)) await trainer.prepare(shape, shape.parts);
  for (let step = 0; step < 3; step++) await trainer.step(splitBatch(BATCH, parts), 0.01);
  const stats = await trainer.flush();
  expect(executor.memory().liveBytes - before).toBe(need.total);
  const { parameters, m } = await trainer.state();
  trainer.destroy();
  expect(executor.memory().liveBytes).toBe(before);
  return { parameters, m, losses: stats.map(({ loss }) => loss) };
}

describe('training compact ids', () => {
  it('takes what was estimated, and the same bits in shards and ranges of rows', async () => {
    const limited = new LimitedCpu(SMALL);
    const { shards, places } = placementFor(limited, MODEL);
    expect(shards.length).toBeGreaterThan(2);
    expect(places.get(PREFIX_VECTORS)?.length).toBeGreaterThan(1);
    const whole = await train(createCpuExecutor());
    expect(await train(limited)).toEqual(whole);
    expect(whole.losses).toHaveLength(3);
    expect(whole.losses[2]).toBeLessThan(whole.losses[0] ?? NaN);
    // Uniform over the children of every prefix is nearly uniform over items here.
    expect(whole.losses[0]).toBeGreaterThan(0.9 * Math.log(300));
    expect(whole.losses[0]).toBeLessThan(1.1 * Math.log(300));
  });

  it('leaves no search where its tables lie in ranges, and says so', async () => {
    const limited = new LimitedCpu(SMALL);
    const samples = [{ user: 0, target: 0, timeMs: 0, history: [3] }];
    const setup = { config: MODEL_CONFIG, tree: TREE, beam: 4, batchUsers: 1, samples };
    const parameters = initialCompactIds(MODEL_CONFIG, 1);
    await expect(rankCompactIds(limited, { ...setup, parameters })).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: expect.stringContaining(PREFIX_VECTORS) as string,
    });
    expect(limited.memory().liveBytes).toBe(0);
  });

  it('has the same bits where blocks are computed again', async () => {
    const executor = createCpuExecutor();
    expect(await train(executor, { recompute: true })).toEqual(await train(executor));
  });

  it('is the same step in two micro-batches', async () => {
    const executor = createCpuExecutor();
    const whole = await train(executor);
    const parts = await train(executor, { parts: 2 });
    expectClose(parts.losses, whole.losses, { absolute: 0, relative: 1e-5 }, 'losses');
    expectClose(parts.m, whole.m, { absolute: 1e-6, relative: 1e-4 }, 'first moments');
  });
});
