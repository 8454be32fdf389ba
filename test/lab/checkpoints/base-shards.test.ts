import { describe, expect, it } from 'vitest';
import { wholeArena } from '../../../src/core/arena-source.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { importBase } from '../../../src/lab/checkpoints/imported-base.ts';
import { placementFor } from '../../../src/nn/graph/parameter-arena.ts';
import type { Batch } from '../../../src/nn/inputs/token-batch.ts';
import { EMBEDDING, parameterTable } from '../../../src/nn/transformer/layout.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { estimateTraining } from '../../../src/nn/training/memory-estimate.ts';
import { splitBatch } from '../../../src/nn/training/micro-batches.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { createModelEmbedder } from '../../../src/rec/text/text-embedding.ts';
import { LimitedCpu, type Limits } from '../../support/machine/limited-device.ts';
import { filesOf, realBase } from '../../support/models/real-base.ts';

const { model, parameters } = await importBase(await filesOf(realBase()));
const CONFIG = { ...model.config, maxPositions: 32 };
const TABLE = parameterTable(CONFIG);
const MODEL = languageModel(CONFIG);
const SETTINGS = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1, clipNorm: 0 };
const bytesOf = (name: string) =>
  4 * (TABLE.layout.entries.find((entry) => entry.name === name)?.size ?? NaN);

/** As most adapters are to the real one: its embedding fits one binding, the whole does not. */
const REAL: Limits = {
  maxBufferSize: bytesOf(EMBEDDING) + 65536,
  maxStorageBufferBindingSize: bytesOf(EMBEDDING) + 65536,
};
/** As what every adapter guarantees: the embedding takes four bindings. */
const LEAST: Limits = {
  maxBufferSize: Math.ceil(bytesOf(EMBEDDING) / 3.5),
  maxStorageBufferBindingSize: Math.ceil(bytesOf(EMBEDDING) / 3.5),
};
const NONE: Limits = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };

/** Rows whose logits are one chunk of the loss on each adapter that the bits are compared on. */
const BATCH: Batch = {
  ...{ B: 4, T: 12 },
  ids: Uint32Array.from({ length: 48 }, (_, i) => (i * 193) % CONFIG.vocabSize),
  targets: Int32Array.from({ length: 48 }, (_, i) => ((i + 1) * 193) % CONFIG.vocabSize),
};

async function trained(executor: Executor, microBatches: number, recompute: boolean) {
  const start = await wholeArena(parameters);
  const trainer = new Trainer(executor, MODEL, start, SETTINGS, { recompute });
  try {
    await trainer.step(splitBatch(BATCH, microBatches), 0.001);
    const stats = await trainer.flush();
    return { ...(await trainer.state()), stats, bytes: executor.memory().peakBytes };
  } finally {
    trainer.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  }
}

/** Bit for bit; a matcher takes seconds for a million values. */
function isSame(a: Float32Array<ArrayBuffer>, b: Float32Array<ArrayBuffer>): boolean {
  return Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;
}

describe('a base that no buffer of the adapter holds', () => {
  it('trains in shards with the bits of one arena, recomputed and in micro-batches', async () => {
    const { shards, places } = placementFor(new LimitedCpu(REAL), TABLE);
    expect(shards.length).toBe(2);
    expect(places.get(EMBEDDING)).toHaveLength(1);
    const whole = await trained(new LimitedCpu(NONE), 2, false);
    const sharded = await trained(new LimitedCpu(REAL), 2, true);
    expect(whole.stats[0]?.loss).toBeGreaterThan(Math.log(CONFIG.vocabSize) - 0.5);
    expect(sharded.stats[0]?.loss).toBe(whole.stats[0]?.loss);
    expect(isSame(sharded.m, whole.m)).toBe(true);
    expect(isSame(sharded.parameters, whole.parameters)).toBe(true);
    expect(isSame(sharded.parameters, await wholeArena(parameters))).toBe(false);
    expect(sharded.bytes).toBeLessThan(whole.bytes);
  });

  it('trains with its embedding in ranges; the estimate says what that takes', async () => {
    const executor = new LimitedCpu(LEAST);
    const { places } = placementFor(executor, TABLE);
    expect(places.get(EMBEDDING)?.length).toBeGreaterThan(3);
    const need = { shapes: [{ B: BATCH.B, T: BATCH.T }], microBatches: 2, recompute: true };
    const estimate = await estimateTraining(executor.profile, MODEL, need);
    const whole = await trained(new LimitedCpu(NONE), 2, true);
    const ranges = await trained(executor, 2, true);
    expect(ranges.bytes).toBe(estimate.total);
    // The loss sums its vocabulary in blocks: equal up to rounding.
    const [got, wanted] = [ranges.stats[0]?.loss ?? NaN, whole.stats[0]?.loss ?? NaN];
    expect(Math.abs(got / wanted - 1)).toBeLessThan(1e-6);
    ranges.m.forEach((value, i) => {
      const other = whole.m[i] ?? NaN;
      if (!(Math.abs(value - other) <= 1e-8 + 1e-4 * Math.abs(other))) {
        expect.fail(`moment ${String(i)} is ${String(value)}, not ${String(other)}`);
      }
    });
  });

  it('is read into shards and ranges piece by piece: vectors of texts have the same bits', async () => {
    const vectors = async (
      executor: Executor,
      from: typeof parameters | Float32Array<ArrayBuffer>,
    ) => {
      const embedder = await createModelEmbedder(executor, {
        ...{ config: CONFIG, parameters: from, maxTokens: 8, positions: 16 },
        encode: (text) => text.split(' ').map(Number),
      });
      const found = await embedder.embed(['1 2 3', '9000 17', '4711']);
      embedder.destroy();
      return found;
    };
    const whole = await vectors(new LimitedCpu(NONE), await wholeArena(parameters));
    expect(whole.some((value) => value !== 0)).toBe(true);
    for (const limits of [NONE, REAL, LEAST]) {
      expect(await vectors(new LimitedCpu(limits), parameters)).toEqual(whole);
    }
  });
});
