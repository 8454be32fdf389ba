import { describe, expect, it } from 'vitest';
import { PassSums } from '../../../src/merge/ranges/pass-sums.ts';
import type { RangePass } from '../../../src/merge/range-form.ts';

const pass: RangePass = {
  steps: [],
  sums: {
    counts: { type: 'u32', length: 2, per: 'tensor' },
    most: { type: 'u32', length: 1, per: 'tensor', combine: 'max' },
    total: { type: 'f64', length: 1, per: 'tensor' },
    largest: { type: 'f64', length: 1, per: 'tensor', combine: 'max' },
    rows: { type: 'f64', length: 2, per: 'section' },
    ties: { type: 'u32', length: 1, per: 'section' },
  },
};

/** Sums of three sections that are put into ranges as `cuts` says. */
const sections = [
  { counts: [4_000_000_000, 1], most: 7, total: 1e16, largest: 3, rows: [1, 2], ties: 5 },
  { counts: [4_000_000_000, 2], most: 9, total: 1, largest: 8, rows: [3, 4], ties: 6 },
  { counts: [1, 3], most: 2, total: 1, largest: 4, rows: [5, 6], ties: 7 },
];

function rangeOf(first: number, end: number) {
  const own = sections.slice(first, end);
  const added = (k: number) => own.reduce((sum, { counts }) => sum + (counts[k] ?? 0), 0);
  return {
    counts: Uint32Array.of(added(0) % 2 ** 32, added(1)),
    most: Uint32Array.of(Math.max(...own.map(({ most }) => most))),
    total: Float64Array.from(own, ({ total }) => total),
    largest: Float64Array.from(own, ({ largest }) => largest),
    rows: Float64Array.from(own.flatMap(({ rows }) => rows)),
    ties: Uint32Array.from(own, ({ ties }) => ties),
  };
}

describe('sums of a pass', () => {
  it.each([
    [
      [0, [0, 1]],
      [1, [1, 3]],
    ],
    [
      [1, [1, 3]],
      [0, [0, 1]],
    ],
    [
      [2, [2, 3]],
      [0, [0, 1]],
      [1, [1, 2]],
    ],
  ] as const)('are the same in whatever order ranges end (%#)', (...ranges) => {
    const sums = new PassSums(pass);
    for (const [range, [first, end]] of ranges) sums.add(range, rangeOf(first, end));
    expect(sums.take()).toEqual({
      counts: Float64Array.of(8_000_000_001, 6),
      most: Float64Array.of(9),
      // In the order of the sections: the ones are lost one by one, as they would not be together.
      total: Float64Array.of(1e16 + 1 + 1),
      largest: Float64Array.of(8),
      rows: Float64Array.of(1, 2, 3, 4, 5, 6),
      ties: Uint32Array.of(5, 6, 7),
    });
    expect(1e16 + 1 + 1).not.toBe(1e16 + 2);
  });
});
