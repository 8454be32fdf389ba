import { describe, expect, test } from 'vitest';
import { wholeArena } from '../../../src/core/arena-source.ts';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { extendVocabulary, NEW_ROW_NOISE } from '../../../src/nn/transformer/extend-vocabulary.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { EMBEDDING, HEAD } from '../../../src/nn/transformer/layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { TINY } from '../../support/models/tiny-checkpoint.ts';

const UNTIED = { ...TINY, tied: false };

function deviation(values: readonly number[], mean: readonly number[]): number {
  const squares = values.map((value, i) => (value - (mean[i % mean.length] ?? NaN)) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / values.length);
}

async function extended(...given: Parameters<typeof extendVocabulary>) {
  const model = await extendVocabulary(...given);
  return { ...model, arena: await wholeArena(model.arena) };
}

describe('new rows', () => {
  test.each([TINY, UNTIED])('lie near the mean of the rows in use, tied: $tied', async (config) => {
    const arena = initialParameters(config, 3);
    const model = await extended(config, arena, { usedRows: 10, vocabSize: 400 }, 5);
    expect(model.config).toEqual({ ...config, vocabSize: 400 });
    for (const name of config.tied ? [EMBEDDING] : [EMBEDDING, HEAD]) {
      const rows = [...tensorOf(model.layout, model.arena, name)];
      const used = rows.slice(0, 10 * config.width);
      const mean = Array.from({ length: config.width }, (_, column) => {
        const values = used.filter((_value, i) => i % config.width === column);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      });
      const ratio = deviation(rows.slice(used.length), mean) / deviation(used, mean);
      // 3,120 normal numbers: their deviation is known to 1.3 %.
      expect(ratio).toBeGreaterThan(NEW_ROW_NOISE * 0.94);
      expect(ratio).toBeLessThan(NEW_ROW_NOISE * 1.06);
      const texts = rows.slice(used.length).map(String);
      expect(new Set(texts).size).toBeGreaterThan(texts.length - 5);
    }
  });

  test('head and embedding get different ones; the seed decides; a prefix stays', async () => {
    const arena = initialParameters(UNTIED, 3);
    const extend = (vocabSize: number, seed: number) =>
      extended(UNTIED, arena, { usedRows: 12, vocabSize }, seed);
    const a = await extend(20, 5);
    expect((await extend(20, 5)).arena).toEqual(a.arena);
    expect((await extend(20, 6)).arena).not.toEqual(a.arena);
    const b = await extend(30, 5);
    for (const name of [EMBEDDING, HEAD]) {
      const rows = tensorOf(a.layout, a.arena, name);
      expect(tensorOf(b.layout, b.arena, name).subarray(0, rows.length)).toEqual(rows);
    }
  });

  test('everything else keeps its bits, and so do the logits of the old tokens', async () => {
    const arena = initialParameters(UNTIED, 3);
    const before = arena.slice();
    const model = await extended(UNTIED, arena, { usedRows: 12, vocabSize: 16 }, 5);
    expect(arena).toEqual(before);
    const batch = { B: 1, T: 4, ids: Uint32Array.of(1, 7, 11, 3), targets: new Int32Array(4) };
    const executor = createCpuExecutor();
    const old = await forwardLogits(executor, UNTIED, arena, batch);
    const now = await forwardLogits(executor, model.config, model.arena, batch);
    for (let t = 0; t < 4; t++) {
      expect([...now.subarray(16 * t, 16 * t + 12)]).toEqual([
        ...old.subarray(12 * t, 12 * t + 12),
      ]);
    }
  });
});

describe('refused', () => {
  const arena = initialParameters(TINY, 3);
  test.each([
    [{ usedRows: 13, vocabSize: 20 }],
    [{ usedRows: 0, vocabSize: 20 }],
    [{ usedRows: 12, vocabSize: 8 }],
    [{ usedRows: 12, vocabSize: NaN }],
    [{ usedRows: 1.5, vocabSize: 20 }],
  ])('%o', async (extension) => {
    const refused = extendVocabulary(TINY, arena, extension, 1);
    await expect(refused).rejects.toThrow(/vocabulary of 12 rows/);
  });

  test('an arena of another model', async () => {
    const refused = extendVocabulary(UNTIED, arena, { usedRows: 12, vocabSize: 16 }, 1);
    await expect(refused).rejects.toThrow(/parameters for a model/);
  });
});
