import { describe, expect, it } from 'vitest';
import { CpuExecutor, createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  createEmbeddingModel,
  embeddingTable,
  ITEM_TOKEN,
  ITEM_VECTORS,
  LOGIT_SCALE,
} from '../../../src/nn/embedding-model/embedding-layout.ts';
import { embeddingModel } from '../../../src/nn/embedding-model/embedding-model.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { encodeItems } from '../../../src/rec/embedding/encode-items.ts';
import {
  BASE,
  BATCH,
  checkDifferences,
  checkGradients,
  GradientBench,
  spreadParameters,
  WITH_VECTORS,
} from '../../support/models/embedding-model.ts';

const { width } = BASE;
const { layout } = embeddingTable(WITH_VECTORS);
const ITEMS = WITH_VECTORS.itemVectors ?? 0;
const TEXTS = Array.from({ length: ITEMS }, (_, item) => [1 + item, 20 + (item % 3)]);
const start = () => createEmbeddingModel(WITH_VECTORS, initialParameters(BASE, 3), 5);

describe('an embedding model with vectors of items', () => {
  it('has one row an item, at the end of the arena and 0 at the start', () => {
    const plain = embeddingTable(BASE).layout;
    expect(layout.entries.slice(0, -1)).toEqual(plain.entries);
    expect(layout.entries.at(-1)).toMatchObject({ name: ITEM_VECTORS, shape: [ITEMS, width] });
    const arena = start();
    expect(arena.subarray(0, plain.length)).toEqual(
      createEmbeddingModel(BASE, initialParameters(BASE, 3), 5),
    );
    expect(tensorOf(layout, arena, ITEM_VECTORS).every((value) => value === 0)).toBe(true);
  });

  it('has the gradient that central differences give', () =>
    checkDifferences(WITH_VECTORS, (name) =>
      [ITEM_VECTORS, ITEM_TOKEN, LOGIT_SCALE].includes(name),
    ));

  it('has the gradients of float64 on the CPU executor', () =>
    checkGradients(createCpuExecutor(), WITH_VECTORS));

  it('loses what the model of texts does while its vectors are 0', async () => {
    const benches = [BASE, WITH_VECTORS].map((base) =>
      GradientBench.create(new CpuExecutor('f64'), { base }),
    );
    const [texts, both] = await Promise.all(benches);
    const arena = spreadParameters();
    const want = await texts?.run(arena);
    const wide = new Float32Array(layout.length);
    wide.set(arena);
    const got = await both?.run(wide);
    expect(want?.loss).toBeGreaterThan(0.1);
    expect(got?.loss).toBe(want?.loss);
    expect(got?.gradient.slice(0, arena.length)).toEqual(want?.gradient);
  });

  it('adds an item’s own vector to that of its text, and to no other', async () => {
    const executor = new CpuExecutor('f32');
    const arena = start();
    const encode = (parameters: Float32Array<ArrayBuffer>) =>
      encodeItems(executor, {
        config: WITH_VECTORS,
        parameters,
        itemTokens: TEXTS,
        tokensPerBatch: 10,
      });
    const plain = await encode(arena);
    const added = Float32Array.from({ length: width }, (_, c) => 0.25 * (c - 3));
    tensorOf(layout, arena, ITEM_VECTORS).set(added, 7 * width);
    const got = await encode(arena);
    const want = plain.slice();
    added.forEach((value, c) => {
      want[7 * width + c] = (want[7 * width + c] ?? NaN) + value;
    });
    expect(got).toEqual(want);
  });

  it('steps by hand: AdamW moves the rows of the batch’s items by the rate, others not at all', async () => {
    const bench = await GradientBench.create(new CpuExecutor('f64'), { base: WITH_VECTORS });
    const arena = spreadParameters(WITH_VECTORS);
    const { gradient } = await bench.run(arena);
    const { offset, size } = layout.entries.at(-1) ?? { offset: NaN, size: NaN };
    const own = gradient.slice(offset, offset + size);
    const settings = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, clipNorm: 0 };
    const trainer = new Trainer(
      new CpuExecutor('f32'),
      embeddingModel(WITH_VECTORS),
      arena,
      settings,
    );
    await trainer.step(BATCH, 0.01);
    await trainer.flush();
    const { parameters } = await trainer.state();
    trainer.destroy();
    const rows = new Set(BATCH.numbers);
    expect(rows.size).toBeLessThan(ITEMS);
    for (let i = 0; i < size; i++) {
      const g = own[i] ?? NaN;
      const moved = (parameters[offset + i] ?? NaN) - (arena[offset + i] ?? NaN);
      if (!rows.has(Math.floor(i / width))) {
        expect([g, moved]).toEqual([0, 0]);
        continue;
      }
      // The first step of AdamW: m / (1 − β₁) = g, v / (1 − β₂) = g².
      expect(Math.abs(moved + (0.01 * g) / (Math.abs(g) + 1e-8))).toBeLessThan(2e-4);
    }
  });
});

describe('bad input', () => {
  it('refuses items beyond the vectors', async () => {
    const encode = encodeItems(new CpuExecutor('f32'), {
      config: { ...WITH_VECTORS, itemVectors: ITEMS - 1 },
      parameters: start(),
      itemTokens: TEXTS,
    });
    await expect(encode).rejects.toThrow(/12 items, the model vectors of 11/);
    const model = embeddingModel(WITH_VECTORS);
    const beyond = { ...BATCH, numbers: [4, 1, 12, 0, 7, 2, 10, 5] };
    expect(() => model.countScored(beyond)).toThrow(/beyond 12 vectors/);
    expect(() => model.countScored({ ...BATCH, numbers: [1] })).toThrow(/beyond 12 vectors/);
    expect(embeddingModel(BASE).countScored({ ...BATCH, numbers: [] })).toBe(8);
  });
});
