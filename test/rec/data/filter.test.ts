import { describe, expect, test } from 'vitest';
import { filterLog } from '../../../src/rec/data/filter.ts';
import { tinyLog } from '../tiny-data.ts';

const KEEP_ALL = { startMs: null, minCount: 0 };

describe('filterLog', () => {
  test('keeps everything with a minimum count of 0 and groups by user in time order', () => {
    const log = tinyLog([
      [1, 0, 10],
      [0, 1, 20],
      [1, 1, 30],
    ]);
    const { data, report } = filterLog(log, KEEP_ALL);
    expect(data.userIds).toEqual(['u0', 'u1']);
    expect(data.timelines.map(({ items }) => [...items])).toEqual([[1], [0, 1]]);
    expect([...(data.timelines[1]?.timesMs ?? [])]).toEqual([10, 30]);
    expect(report.after).toEqual({ interactions: 3, users: 2, items: 2 });
  });

  test('keeps the order of rows with equal times', () => {
    const log = tinyLog([
      [0, 2, 5],
      [0, 0, 5],
      [0, 1, 5],
    ]);
    const { data } = filterLog(log, KEEP_ALL);
    expect([...(data.timelines[0]?.items ?? [])].map((item) => data.itemIds[item])).toEqual([
      'i2',
      'i0',
      'i1',
    ]);
  });

  test('counts before the date cut: an item popular in the past is kept afterwards', () => {
    const rareAfterCut = tinyLog([
      [0, 0, 1],
      [1, 1, 2],
      [0, 1, 11],
      [0, 0, 12],
    ]);
    // After the cut item 0 and item 1 stand once each, yet their whole-file count is 2.
    const { report } = filterLog(rareAfterCut, { startMs: 10, minCount: 2 });
    expect(report.dropped).toEqual({ withoutTitle: 0, beforeStart: 2, rare: 0, shortUser: 0 });
    expect(report.after.interactions).toBe(2);
  });

  test('is a single pass: an item may end below the minimum once its users are gone', () => {
    const log = tinyLog([
      [0, 0, 1],
      [1, 0, 2],
      [0, 1, 3],
      [0, 1, 4],
    ]);
    // User 1 has one row only: dropped. Item 0 keeps its single row of user 0.
    const { data, report } = filterLog(log, { startMs: null, minCount: 2 });
    expect(report.dropped).toEqual({ withoutTitle: 0, beforeStart: 0, rare: 1, shortUser: 0 });
    expect(data.userIds).toEqual(['u0']);
    expect([...(data.timelines[0]?.items ?? [])]).toEqual([0, 1, 1]);
  });

  test('drops users left with too few rows in the last step', () => {
    const log = tinyLog([
      [0, 0, 1],
      [1, 0, 2],
      [1, 0, 3],
      [0, 1, 4],
    ]);
    // Item 1 is rare, which leaves user 0 with one row.
    const { data, report } = filterLog(log, { startMs: null, minCount: 2 });
    expect(report.dropped).toEqual({ withoutTitle: 0, beforeStart: 0, rare: 1, shortUser: 1 });
    expect(data.userIds).toEqual(['u1']);
  });

  test('drops items with empty titles before counting, only where there are titles', () => {
    const rows = [
      [0, 0, 1],
      [0, 1, 2],
      [0, 2, 3],
    ] as const;
    const titled = filterLog(tinyLog(rows, ['A', '  ', 'C']), { startMs: null, minCount: 0 });
    expect(titled.data.itemIds).toEqual(['i0', 'i2']);
    expect(titled.data.titles).toEqual(['A', 'C']);
    expect(titled.report.dropped.withoutTitle).toBe(1);
    // Counted before dropping, user 0 would reach 3.
    expect(() =>
      filterLog(tinyLog(rows, ['A', '', 'C']), { startMs: null, minCount: 3 }),
    ).toThrow();
    expect(filterLog(tinyLog(rows), KEEP_ALL).data.itemIds).toHaveLength(3);
  });

  test('names the domain that is left empty', () => {
    const log = tinyLog([[0, 0, 1]]);
    expect(() => filterLog(log, { startMs: null, minCount: 5 })).toThrow(
      expect.objectContaining({
        code: 'data-invalid',
        message: expect.stringContaining('Tiny') as string,
      }),
    );
  });

  test('refuses a time that is not finite', () => {
    const log = tinyLog([
      [0, 0, 1],
      [0, 0, NaN],
    ]);
    expect(() => filterLog(log, KEEP_ALL)).toThrow(
      expect.objectContaining({ code: 'data-invalid', faults: [expect.anything()] }),
    );
  });

  test('side features follow their items', () => {
    const log = tinyLog([
      [0, 0, 1],
      [0, 2, 2],
      [0, 1, 3],
      [0, 2, 4],
    ]);
    const features = { category: ['a', 'b', 'c'], maker: ['', 'x', 'y'] };
    const { data } = filterLog({ ...log, features }, { startMs: null, minCount: 2 });
    expect(data.itemIds).toEqual(['i2']);
    expect(data.features).toEqual({ category: ['c'], maker: ['y'] });
    expect(filterLog(log, KEEP_ALL).data).not.toHaveProperty('features');
  });

  test('keeps items without a title where asked to', () => {
    const log = tinyLog(
      [
        [0, 0, 1],
        [0, 1, 2],
      ],
      ['', 'Lamp'],
    );
    expect(filterLog(log, KEEP_ALL).data.itemIds).toEqual(['i1']);
    const kept = filterLog(log, { ...KEEP_ALL, keepUntitled: true });
    expect(kept.data.itemIds).toEqual(['i0', 'i1']);
    expect(kept.report.dropped.withoutTitle).toBe(0);
  });
});
