import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { buildTrie, childOf, itemOf, legalCodes } from '../../../src/rec/semantic-ids/trie.ts';
import type { SemanticIds } from '../../../src/rec/data/types.ts';

function idsOf(codesPerLevel: number, codes: readonly (readonly number[])[]): SemanticIds {
  return {
    levels: codes[0]?.length ?? 0,
    codesPerLevel,
    codes: Uint16Array.from(codes.flat()),
    collisions: 0,
    repaired: 0,
  };
}

describe('buildTrie', () => {
  test('numbers nodes breadth-first and ends in items', () => {
    const trie = buildTrie(
      idsOf(3, [
        [2, 0, 1],
        [0, 1, 1],
        [2, 0, 0],
        [2, 2, 2],
      ]),
    );
    expect(trie.levelStarts).toEqual([0, 1, 3, 6]);
    expect(trie.nodes).toBe(6);
    expect([...trie.children]).toEqual([
      ...[1, -1, 2], // root: 0 -> node 1, 2 -> node 2
      ...[-1, 3, -1], // prefix 0
      ...[4, -1, 5], // prefix 2
      ...[-1, 1, -1], // prefix 0 1 -> item 1
      ...[2, 0, -1], // prefix 2 0 -> items 2 and 0
      ...[-1, -1, 3], // prefix 2 2 -> item 3
    ]);
    expect(trie.shadowed).toBe(0);
  });

  test('finds exactly the items there are', () => {
    const stream = new RandomStream(5, 'trie-test');
    const codes = new Map<string, number[]>();
    while (codes.size < 200) {
      const code = [stream.nextInt(8), stream.nextInt(8), stream.nextInt(8)];
      codes.set(code.join(), code);
    }
    const list = [...codes.values()];
    const trie = buildTrie(idsOf(8, list));
    for (let a = 0; a < 8; a++) {
      for (let b = 0; b < 8; b++) {
        for (let c = 0; c < 8; c++) {
          const expected = list.findIndex((code) => code.join() === [a, b, c].join());
          expect(itemOf(trie, [a, b, c])).toBe(expected);
        }
      }
    }
    const roots = new Set(list.map(([a]) => a));
    expect(legalCodes(trie, 0)).toEqual([...roots].sort());
  });

  test('of items with one code the first is kept and the others are counted', () => {
    const trie = buildTrie(
      idsOf(2, [
        [1, 1],
        [1, 1],
        [0, 1],
        [1, 1],
      ]),
    );
    expect(itemOf(trie, [1, 1])).toBe(0);
    expect(trie.shadowed).toBe(2);
  });

  test('answers -1 off the tree', () => {
    const trie = buildTrie(idsOf(2, [[0], [1]]));
    expect([itemOf(trie, [1]), itemOf(trie, [2]), itemOf(trie, [0, 0]), itemOf(trie, [])]).toEqual([
      1, -1, -1, -1,
    ]);
    expect([childOf(trie, -1, 0), childOf(trie, 1, 0), childOf(trie, 0, -1)]).toEqual([-1, -1, -1]);
  });
});
