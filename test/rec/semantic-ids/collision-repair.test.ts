import { describe, expect, test } from 'vitest';
import {
  countCollisions,
  repairCollisions,
} from '../../../src/rec/semantic-ids/collision-repair.ts';
import { reachabilityNotes, unreachableItems } from '../../../src/rec/semantic-ids/reachability.ts';

/** Centroids on a line. */
function onLine(positions: readonly number[]) {
  return { rows: positions.length, columns: 1, values: Float64Array.from(positions) };
}

const lastCodes = (codes: Uint16Array, levels: number) =>
  [...codes].filter((_, index) => index % levels === levels - 1);

describe('repairCollisions', () => {
  test('takes the nearest unused code in item order, its own first', () => {
    // Codes 0 … 9 at positions 0 … 9, but code 7 lies nearest to code 5.
    const line = onLine([0, 1, 2, 3, 3.8, 5, 6.3, 5.5, 8, 9]);
    const codes = Uint16Array.of(1, 5, 1, 5, 1, 5, 1, 7, 1, 5);
    // Item 1 takes 7 (0.5 away), item 2 takes 4 (1.2; 6 is 1.3 away), item 3 finds its 7 used:
    // nearest to 5.5 is 5 (used), then 6; item 4: 7, 4 and 6 are used, then 3.
    const repaired = repairCollisions(codes, 2, line);
    expect(lastCodes(repaired.codes, 2)).toEqual([5, 7, 4, 6, 3]);
    expect(repaired).toMatchObject({ repaired: 4, collisions: 0, levels: 2, codesPerLevel: 10 });
  });

  test('of two codes equally near the lower one is taken', () => {
    const repaired = repairCollisions(Uint16Array.of(1, 1), 1, onLine([0, 1, 2]));
    expect([...repaired.codes]).toEqual([1, 0]);
  });

  test('leaves items alone whose prefixes differ', () => {
    const codes = Uint16Array.of(0, 3, 3, 1, 3, 3, 0, 2, 3);
    const repaired = repairCollisions(codes, 3, onLine([0, 1, 2, 3]));
    expect(repaired.codes).toEqual(codes);
    expect(repaired.repaired).toBe(0);
  });

  test('an early item may push a later one off its own code, never an earlier one', () => {
    const repaired = repairCollisions(Uint16Array.of(0, 2, 0, 2, 0, 1), 2, onLine([0, 1.5, 2, 9]));
    expect(lastCodes(repaired.codes, 2)).toEqual([2, 1, 0]);
  });

  test('300 items under one prefix take its 256 codes, the others the nearest prefix', () => {
    const codes = Uint16Array.from({ length: 600 }, (_, index) => (index % 2 === 0 ? 4 : 5));
    const line = onLine(Array.from({ length: 256 }, (_, code) => code));
    // Prefix 200 lies nearest to prefix 4.
    const first = onLine(Array.from({ length: 256 }, (_, code) => (code === 200 ? 4.5 : code)));
    const repaired = repairCollisions(codes, 2, line, [first]);
    expect(prefixes(repaired.codes)).toEqual([
      ...new Array<number>(256).fill(4),
      ...new Array<number>(44).fill(200),
    ]);
    expect(lastCodes(repaired.codes, 2).slice(256, 261)).toEqual([5, 4, 6, 3, 7]);
    expect(repaired).toMatchObject({ repaired: 255 + 44, collisions: 0, moved: [44, 0] });
  });

  test('who has room keeps the id that it had without the crowd', () => {
    // Prefix 0 holds three items for its two codes; the third must not take the place of 1 0.
    const codes = Uint16Array.of(0, 0, 0, 0, 0, 0, 1, 0);
    const { codes: out, moved } = repairCollisions(codes, 2, onLine([0, 1]));
    expect([...out]).toEqual([0, 0, 0, 1, 1, 1, 1, 0]);
    expect(moved).toEqual([1, 0]);
  });

  test('a full branch is left at the lowest level that has room', () => {
    const codes = Uint16Array.from({ length: 3 * 6 }, () => 0);
    const { codes: out, moved, collisions } = repairCollisions(codes, 3, onLine([0, 1]));
    expect(idsOf(out, 3)).toEqual(['000', '001', '010', '011', '100', '101']);
    expect({ moved, collisions }).toEqual({ moved: [2, 2, 0], collisions: 0 });
  });

  test('more items than ids: the rest keeps its own and is counted', () => {
    const codes = Uint16Array.from({ length: 2 * 6 }, () => 1);
    const repaired = repairCollisions(codes, 2, onLine([0, 1]));
    expect(idsOf(repaired.codes, 2)).toEqual(['11', '10', '01', '00', '11', '11']);
    expect(repaired).toMatchObject({ collisions: 3, moved: [2, 0] });
    expect([...unreachableItems(repaired)]).toEqual([4, 5]);
    expect(reachabilityNotes('Gifts', repaired)).toEqual([
      'Gifts: 2 of 6 items found all 2 codes of their last level taken and moved to the nearest free prefix ' +
        '(2 at level 1). More ids.codes or ids.levels would keep them together.',
      'Warning: Gifts: 2 of 6 items can never be recommended: 3 items share an id with another. ' +
        'As targets they count as misses. Give ids.levels or ids.codes more room.',
    ]);
  });

  test('nothing is said where every prefix has room', () => {
    const repaired = repairCollisions(Uint16Array.of(0, 0, 0, 0), 2, onLine([0, 1]));
    expect(repaired).not.toHaveProperty('moved');
    expect(reachabilityNotes('Gifts', repaired)).toEqual([]);
  });
});

const prefixes = (codes: Uint16Array) => [...codes].filter((_, index) => index % 2 === 0);

function idsOf(codes: Uint16Array, levels: number): string[] {
  return Array.from({ length: codes.length / levels }, (_, item) =>
    codes.subarray(item * levels, (item + 1) * levels).join(''),
  );
}

test('countCollisions counts every item that shares its code', () => {
  expect(countCollisions(Uint16Array.of(1, 2, 1, 2, 2, 1, 1, 2), 2)).toBe(3);
  expect(countCollisions(Uint16Array.of(1, 2, 3), 1)).toBe(0);
});
