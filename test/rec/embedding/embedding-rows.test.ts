import { describe, expect, it } from 'vitest';
import { embeddingBatches } from '../../../src/rec/embedding/embedding-batches.ts';
import { embeddingRows } from '../../../src/rec/embedding/embedding-rows.ts';
import { compiledSize } from '../../../src/rec/embedding/item-texts.ts';
import { topItems } from '../../../src/rec/embedding/top-items.ts';
import { rowLeakage } from '../../../src/rec/rows/leakage.ts';
import type { DomainData } from '../../../src/rec/data/types.ts';

/** Timelines of item = position + 100 * user; times as given. */
function data(...times: number[][]): DomainData {
  return {
    domain: 'd',
    itemIds: [],
    titles: null,
    userIds: times.map(String),
    timelines: times.map((timesMs, user) => ({
      items: Uint32Array.from(timesMs, (_, i) => 100 * user + i),
      timesMs: Float64Array.from(timesMs),
    })),
  };
}

const STAGE = { name: 's', startMs: 10, endMs: 20 };

describe('rows of the embedding paradigm', () => {
  it('takes whole histories of users whose last item before the end lies in the stage', () => {
    const found = embeddingRows(
      data([1, 2, 12, 25], [1, 9, 30], [5, 10], [19], [20, 21], [1, 5, 15, 19.5]),
      STAGE,
    );
    expect(found.map(({ user, items }) => [user, items])).toEqual([
      [0, [0, 1, 2]],
      [2, [200, 201]],
      [5, [500, 501, 502, 503]],
    ]);
    expect(found[0]?.scored).toEqual([false, true, true]);
  });

  it('cuts windows from the newest end and leaves the oldest remainder out', () => {
    const times = Array.from({ length: 8 }, (_, i) => 11 + i);
    const rows = (inputs: number, count = 8) =>
      embeddingRows(data(times.slice(0, count)), STAGE, { inputs }).map(({ start, items }) => [
        start,
        items.length,
      ]);
    expect(rows(2)).toEqual([
      [2, 3],
      [5, 3],
    ]);
    expect(rows(3)).toEqual([
      [0, 4],
      [4, 4],
    ]);
    expect(rows(25)).toEqual([[0, 8]]);
    expect(rows(2, 2)).toEqual([[0, 2]]);
  });

  it('scores the stage only when asked, and drops windows without a target', () => {
    const timelines = data([1, 2, 3, 4, 5, 12, 13]);
    const rows = embeddingRows(timelines, STAGE, { inputs: 2, stageOnly: true });
    expect(rows.map(({ start, scored }) => [start, scored])).toEqual([[4, [false, true, true]]]);
    expect(rowLeakage(timelines, STAGE, rows).count).toBe(0);
    const whole = embeddingRows(timelines, STAGE, { inputs: 2 });
    expect(whole).toHaveLength(2);
    expect(rowLeakage(timelines, STAGE, whole, true)).toMatchObject({ count: 0, checked: 2 });
    expect(rowLeakage(timelines, STAGE, whole).count).toBe(1);
  });
});

describe('batches of the embedding paradigm', () => {
  const texts = Array.from({ length: 40 }, (_, i) => [i, i, i].slice(0, 1 + (i % 3)));
  const rows = Array.from({ length: 7 }, (_, user) => {
    const items = [user, user + 1, user + 1, 30 + user].slice(0, 2 + (user % 3));
    return { user, start: 0, items, scored: items.map((_, i) => i > 0 && (user > 0 || i > 1)) };
  });
  const options = { sequences: 3, negatives: 5, seed: 9 };

  it('hold each row once, with its own targets, and encode distinct items once', () => {
    const batches = embeddingBatches(rows, texts, options);
    const all = [...batches.epoch(0)];
    expect(all).toHaveLength(batches.perEpoch);
    const seen: string[] = [];
    for (const batch of all) {
      const item = (number: number) => batch.texts[number]?.[0] ?? -1;
      expect(new Set(batch.texts).size).toBe(batch.texts.length);
      expect(batch.negatives).toHaveLength(5);
      const total = batch.texts.reduce((sum, { length }) => sum + length + 1, 0);
      expect(total).toBeLessThanOrEqual(batch.tokens);
      for (let s = 0; s < batch.segments.length; s += 2) {
        const [start = 0, end = 0] = batch.segments.subarray(s, s + 2);
        const inputs = Array.from(batch.inputs.subarray(start, end), item);
        const targets = Array.from(batch.targets.subarray(start, end), (t) =>
          t < 0 ? null : item(t),
        );
        seen.push(JSON.stringify([inputs, targets]));
      }
    }
    const wanted = rows.map(({ items, scored }) => {
      const targets = items.slice(1).map((item, i) => (scored[i + 1] === true ? item : null));
      return JSON.stringify([items.slice(0, -1), targets]);
    });
    expect(seen.sort()).toEqual(wanted.sort());
  });

  it('are a function of seed and epoch, and have the shapes that were named', () => {
    const batches = embeddingBatches(rows, texts, options);
    expect([...batches.epoch(1)]).toEqual([...batches.epoch(1)]);
    expect([...batches.epoch(1)]).not.toEqual([...batches.epoch(0)]);
    const other = embeddingBatches(rows, texts, { ...options, seed: 8 });
    expect([...other.epoch(0)]).not.toEqual([...batches.epoch(0)]);
    const named = batches.shapes(3).map(({ tokens }) => tokens);
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const { tokens } of batches.epoch(epoch)) expect(named).toContain(tokens);
    }
  });

  it('take their targets as negatives, too, and encode nothing more for them', () => {
    const plain = [...embeddingBatches(rows, texts, options).epoch(0)];
    const own = [...embeddingBatches(rows, texts, { ...options, inBatch: true }).epoch(0)];
    own.forEach(({ negatives, targets, positions, texts: encoded }, at) => {
      expect(encoded).toEqual(plain[at]?.texts);
      expect(negatives).toHaveLength(5 + positions);
      expect(negatives.subarray(0, 5)).toEqual(plain[at]?.negatives);
      const scored = Array.from(targets).filter((target) => target >= 0);
      const competing = Array.from(negatives.subarray(5));
      // Each as often as it is a target, then from the first on again.
      expect(competing).toEqual(competing.map((_, i) => scored[i % scored.length]));
    });
  });

  it('refuse no rows and no negatives', () => {
    expect(() => embeddingBatches([], texts, options)).toThrow(/nothing to train on/);
    expect(() => embeddingBatches(rows, texts, { ...options, negatives: 0 })).toThrow(
      /0 negatives/,
    );
  });

  it('round their sizes up by an eighth at most', () => {
    for (const count of [1, 64, 65, 127, 129, 1000, 1025, 9999]) {
      const size = compiledSize(count);
      expect(size).toBeGreaterThanOrEqual(count);
      expect(size).toBeLessThanOrEqual(Math.max(64, count * 1.125 + 1));
      expect(compiledSize(size)).toBe(size);
    }
  });
});

describe('the best items', () => {
  it('are those with the highest scores, equal ones in item order, masked ones left out', () => {
    const scores = Float32Array.of(1, 3, 2, 3, 0, 5);
    expect(topItems(scores, 3, new Set([5]))).toEqual([1, 3, 2]);
    expect(topItems(scores, 10, new Set())).toEqual([5, 1, 3, 2, 0, 4]);
    expect(() => topItems(Float32Array.of(1, NaN), 1, new Set())).toThrow(/not a number/);
  });
});
