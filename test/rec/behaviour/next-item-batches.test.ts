import { describe, expect, it } from 'vitest';
import { nextItemModel } from '../../../src/nn/behaviour-model/next-item-model.ts';
import {
  nextItemBatches,
  type NextItemBatchOptions,
} from '../../../src/rec/behaviour/next-item-batches.ts';
import { CONFIG, sequencesOf, VOCABULARY } from './cluster-data.ts';

const OPTIONS: NextItemBatchOptions = { sequencesPerBatch: 4, history: 16, samples: 5, seed: 3 };
const make = (sequences: readonly (readonly number[])[], changes = {}) =>
  nextItemBatches(sequences, VOCABULARY, { ...OPTIONS, ...changes });
const only = (sequences: readonly (readonly number[])[], changes = {}) => {
  const [batch, ...more] = make(sequences, changes).epoch(0);
  expect(more).toEqual([]);
  if (batch === undefined) throw new Error('no batch');
  return batch;
};

describe('batches of sequences', () => {
  it('predict the next item and its category at every position', () => {
    const batch = only([[1, 7, 3]]);
    expect([batch.B, batch.T, batch.samples]).toEqual([1, 8, 5]);
    expect(Array.from(batch.items)).toEqual([1, 7, 0, 0, 0, 0, 0, 0]);
    expect(Array.from(batch.features['category'] ?? [])).toEqual([1, 2, 0, 0, 0, 0, 0, 0]);
    expect(Array.from(batch.targets.slice(0, 3))).toEqual([7, 3, -100]);
    expect(Array.from(batch.targetFeatures['category']?.slice(0, 3) ?? [])).toEqual([2, 1, -100]);
    expect(Array.from(batch.segments)).toEqual([0, 2]);
    expect(nextItemModel(CONFIG).countScored(batch)).toBe(2);
  });

  it('keep the newest items, one more than positions as a target', () => {
    const batch = only([[1, 2, 3, 4, 5, 6]], { history: 3 });
    expect(batch.T).toBe(3);
    expect(Array.from(batch.items)).toEqual([3, 4, 5]);
    expect(Array.from(batch.targets)).toEqual([4, 5, 6]);
  });

  it('read the unknown item, but never predict it', () => {
    const batch = only([
      [1, 0, 2],
      [3, 0],
    ]);
    expect(batch.B).toBe(1);
    expect(Array.from(batch.items.slice(0, 2))).toEqual([1, 0]);
    expect(Array.from(batch.targets.slice(0, 2))).toEqual([-100, 2]);
    expect(Array.from(batch.targetFeatures['category']?.slice(0, 2) ?? [])).toEqual([-100, 1]);
  });

  it('hold every sequence with a target once an epoch, in few shapes', () => {
    const sequences = [...sequencesOf('batches', 41), [5], []];
    const all = make(sequences);
    expect([all.sequences, all.perEpoch]).toEqual([41, 11]);
    const wanted = sequences.filter(({ length }) => length > 1).map((items) => items.join());
    for (const epoch of [0, 1]) {
      const found: string[] = [];
      for (const batch of all.epoch(epoch)) {
        expect(batch.B).toBe(4);
        const longest = Math.max(...rowsOf(batch).map(({ length }) => length - 1));
        expect(batch.T).toBe(Math.ceil(longest / 8) * 8);
        found.push(...rowsOf(batch).map((items) => items.join()));
        expect(nextItemModel(CONFIG).countScored(batch)).toBeGreaterThan(0);
      }
      expect(found.filter((row) => row !== '').sort()).toEqual([...wanted].sort());
    }
    const shapes = all.shapes(2);
    expect(shapes).toEqual([
      { B: 4, T: 16, samples: 5 },
      { B: 4, T: 8, samples: 5 },
    ]);
    for (const { B, T, samples } of [...all.epoch(0), ...all.epoch(1)]) {
      expect(shapes).toContainEqual({ B, T, samples });
    }
  });

  it('come in an order and with negatives that are functions of seed and epoch', () => {
    const sequences = sequencesOf('order', 20);
    const all = make(sequences);
    const first = [...all.epoch(0)];
    expect([...make(sequences).epoch(0)]).toEqual(first);
    expect([...all.epoch(1)]).not.toEqual(first);
    expect([...make(sequences, { seed: 4 }).epoch(0)]).not.toEqual(first);
  });

  it('draw the negatives of a sequence whatever stands beside it, evenly over the items', () => {
    const sequences = sequencesOf('negatives', 12);
    const negativesOf = (sequencesPerBatch: number) => {
      const all = make(sequences, { sequencesPerBatch, samples: 2000 });
      const found = new Map<string, string>();
      for (const batch of all.epoch(0)) {
        rowsOf(batch).forEach((items, row) => {
          if (items.length > 0) {
            const own = batch.negatives.slice(row * 2000, (row + 1) * 2000);
            found.set(items.join(), own.join());
          }
        });
      }
      return found;
    };
    const alone = negativesOf(1);
    expect(negativesOf(5)).toEqual(alone);
    expect(new Set(alone.values()).size).toBe(12);
    const counts = new Map<number, number>();
    for (const drawn of alone.values()) {
      for (const id of drawn.split(',').map(Number)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    // 24 000 draws of 24 items: 1000 each, deviation 31.
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 24 }, (_, i) => i + 1),
    );
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('take the negatives of a sequence from the items of its domain where that is asked for', () => {
    const blocks = [
      { firstRow: 1, items: 10 },
      { firstRow: 11, items: 14 },
    ];
    const drawn = (sequence: readonly number[]) => [
      ...only([sequence], { samples: 3000, blocks }).negatives,
    ];
    const first = drawn([0, 10, 3]);
    expect([Math.min(...first), Math.max(...first)]).toEqual([1, 10]);
    const second = drawn([11, 24]);
    expect([Math.min(...second), Math.max(...second)]).toEqual([11, 24]);
    // 3000 draws of 10 items: 300 each, deviation 16.
    for (let row = 1; row <= 10; row++) {
      const count = first.filter((item) => item === row).length;
      expect(Math.abs(count - 300)).toBeLessThan(82);
    }
    // Without blocks most of either's come from the other.
    expect(Math.max(...only([[10, 3]], { samples: 3000 }).negatives)).toBe(24);
  });

  it('have no negatives where all items compete', () => {
    const batch = only([[1, 2]], { samples: 0 });
    expect([batch.samples, batch.negatives.length]).toEqual([0, 0]);
  });

  it.each([
    [{ sequencesPerBatch: 0 }, 'invalid-argument'],
    [{ history: 0 }, 'invalid-argument'],
    [{ samples: -1 }, 'invalid-argument'],
    [{ samples: 1.5 }, 'invalid-argument'],
  ])('refuse %j', (changes, code) => {
    expect(() => make([[1, 2]], changes)).toThrow(expect.objectContaining({ code }));
  });

  it('refuse sequences without any target', () => {
    expect(() => make([[1], [2, 0]])).toThrow(expect.objectContaining({ code: 'data-invalid' }));
  });
});

/** The sequences behind a batch: inputs and the last target. */
function rowsOf({ B, T, items, targets }: ReturnType<typeof only>): number[][] {
  return Array.from({ length: B }, (_, row) => {
    const length = targets.subarray(row * T, (row + 1) * T).findIndex((target) => target < 0);
    const count = length < 0 ? T : length;
    if (count === 0) return [];
    const inputs = Array.from(items.subarray(row * T, row * T + count));
    return [...inputs, targets[row * T + count - 1] ?? 0];
  });
}
