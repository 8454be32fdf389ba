import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { HEAD, parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { textFeatures } from '../../../src/rec/semantic-ids/text-features.ts';
import { createModelEmbedder, embedItems } from '../../../src/rec/text/text-embedding.ts';
import { createWordEmbedder } from '../../../src/rec/text/word-embedding.ts';
import { TINY } from '../../support/models/training.ts';

/** The head copies the hidden state, so that logits show it. */
const CONFIG = { ...TINY, tied: false };
const { width } = CONFIG;

function parameters(): Float32Array<ArrayBuffer> {
  const arena = initialParameters(CONFIG, 5).map((x) => (x === 1 ? 1 : 8 * x));
  const head = tensorOf(parameterLayout(CONFIG), arena, HEAD);
  head.fill(0);
  for (let c = 0; c < width; c++) head[c * width + c] = 1;
  return arena;
}

const encode = (text: string) => text.split(' ').filter(Boolean).map(Number);
const TEXTS = ['1 2 3', '40', '', '7 7 7 7 7 9', '5 4 3 2 1 0 9 8 7 6', '1 2 3', '11 12', '30 31'];

async function reference(text: string): Promise<number[]> {
  const ids = Uint32Array.from(encode(text).slice(0, 8));
  if (ids.length === 0) return new Array<number>(width).fill(0);
  const logits = await forwardLogits(createCpuExecutor(), CONFIG, parameters(), {
    ...{ B: 1, T: ids.length, ids },
  });
  const mean = Array.from({ length: width }, (_, c) => {
    let sum = 0;
    for (let t = 0; t < ids.length; t++) sum += logits[t * CONFIG.vocabSize + c] ?? NaN;
    return sum / ids.length;
  });
  const length = Math.hypot(...mean);
  return mean.map((x) => x / length);
}

const rowsOf = (vectors: Float32Array, columns: number) =>
  Array.from({ length: vectors.length / columns }, (_, row) => [
    ...vectors.subarray(row * columns, (row + 1) * columns),
  ]);

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0);

describe('embedding by a language model', () => {
  it.each([1024, 12])('is the mean hidden state, in batches of %d positions', async (positions) => {
    const executor = createCpuExecutor();
    const input = { config: CONFIG, parameters: parameters(), encode, maxTokens: 8, positions };
    const embedder = await createModelEmbedder(executor, input);
    const rows = rowsOf(await embedder.embed(TEXTS), width);
    for (const [index, text] of TEXTS.entries()) {
      const wanted = await reference(text);
      rows[index]?.forEach((value, c) => {
        expect(value).toBeCloseTo(wanted[c] ?? NaN, 5);
      });
    }
    expect(rows[5], 'same text, other place').toEqual(rows[0]);
    embedder.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('takes the mean of the items off items and queries alike', async () => {
    const executor = createCpuExecutor();
    const input = { config: CONFIG, parameters: parameters(), encode, maxTokens: 8 };
    const plain = await createModelEmbedder(executor, input);
    const { vectors, embedder } = await embedItems(plain, TEXTS, { isCentred: true });
    expect(await embedder.embed(TEXTS)).toEqual(vectors);
    const [first = []] = rowsOf(vectors, width);
    expect(Math.hypot(...first)).toBeCloseTo(1, 6);
    const means = rowsOf(await plain.embed(TEXTS), width);
    const mean = Array.from({ length: width }, (_, c) =>
      means.reduce((sum, row) => sum + (row[c] ?? NaN) / TEXTS.length, 0),
    );
    const moved = (means[0] ?? []).map((x, c) => x - (mean[c] ?? NaN));
    const length = Math.hypot(...moved);
    first.forEach((value, c) => {
      expect(value).toBeCloseTo((moved[c] ?? NaN) / length, 5);
    });
    embedder.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('refuses texts longer than the model', async () => {
    const input = { config: CONFIG, parameters: parameters(), encode, maxTokens: 33 };
    await expect(createModelEmbedder(createCpuExecutor(), input)).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});

describe('embedding by words', () => {
  const titles = ['red apple pie', 'green apple tart', 'red car', 'fast green car', 'apple car'];

  it('puts items where their features are, and other texts in the same space', async () => {
    const embedder = createWordEmbedder(titles, 4, 1);
    const rows = rowsOf(await embedder.embed(titles), 4);
    const { values } = textFeatures(titles, 4, 1);
    const features = rowsOf(Float32Array.from(values), 4);
    rows.forEach((row, i) => {
      rows.forEach((other, j) => {
        expect(dot(row, other)).toBeCloseTo(dot(features[i] ?? [], features[j] ?? []), 4);
      });
    });
    const [near = [], none] = rowsOf(await embedder.embed(['the RED apple!', 'unheard of']), 4);
    const best = rows.map((row) => dot(near, row));
    expect(best.indexOf(Math.max(...best))).toBe(0);
    expect(none).toEqual([0, 0, 0, 0]);
  });
});
