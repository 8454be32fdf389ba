import { describe, expect, test } from 'vitest';
import {
  countCollisions,
  repairCollisions,
} from '../../../src/rec/semantic-ids/collision-repair.ts';

/** Last-level centroids on a line. */
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

  test('300 items under one prefix get 256 codes, the others keep their own and are counted', () => {
    const codes = Uint16Array.from({ length: 600 }, (_, index) => (index % 2 === 0 ? 4 : 5));
    const line = onLine(Array.from({ length: 256 }, (_, code) => code));
    const repaired = repairCollisions(codes, 2, line);
    const last = lastCodes(repaired.codes, 2);
    expect(new Set(last).size).toBe(256);
    expect(last.slice(256)).toEqual(new Array(44).fill(5));
    expect(repaired.repaired).toBe(255);
    expect(repaired.collisions).toBe(45); // the 44 and the item that holds 4 5 rightly
  });
});

test('countCollisions counts every item that shares its code', () => {
  expect(countCollisions(Uint16Array.of(1, 2, 1, 2, 2, 1, 1, 2), 2)).toBe(3);
  expect(countCollisions(Uint16Array.of(1, 2, 3), 1)).toBe(0);
});
