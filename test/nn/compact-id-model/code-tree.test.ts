import { describe, expect, it } from 'vitest';
import {
  buildCodeTree,
  mostChildren,
  nodeCount,
  parentsOfLevel,
} from '../../../src/nn/compact-id-model/code-tree.ts';
import { buildTrie, childOf } from '../../../src/rec/semantic-ids/trie.ts';
import { CODES, ITEMS, TREE } from '../../support/models/compact-ids.ts';

describe('a code tree', () => {
  it('numbers prefixes breadth-first, children side by side', () => {
    // By hand: 1 → {0 → {2}, 2 → {0, 1}}, 3 → {0 → {2}}; the last item shares the first one's id.
    const codes = [1, 2, 1, 3, 0, 2, 1, 0, 2, 1, 2, 0, 1, 2, 1];
    const tree = buildCodeTree(codes, 3, 4);
    expect(tree.levelStarts).toEqual([0, 2, 5, 9]);
    expect([...tree.childStarts]).toEqual([0, 2, 4, 5, 6, 8, 9]);
    expect([...tree.codeRows]).toEqual([1, 3, 4, 6, 4, 10, 8, 9, 10]);
    expect([...tree.paths]).toEqual([0, 3, 7, 1, 4, 8, 0, 2, 5, 0, 3, 6, 0, 3, 7]);
    expect([...tree.itemOfLeaf]).toEqual([2, 3, 0, 1]);
    expect(tree.shadowed).toBe(1);
    expect(nodeCount(tree)).toBe(9);
    expect([0, 1, 2].map((level) => parentsOfLevel(tree, level))).toEqual([
      [0, 1],
      [1, 3],
      [3, 6],
    ]);
    expect([0, 1, 2].map((level) => mostChildren(tree, level))).toEqual([2, 2, 2]);
  });

  it('leads to the items that the dense trie leads to', () => {
    const ids = {
      levels: 3,
      codesPerLevel: 5,
      codes: Uint16Array.from(CODES),
      collisions: 0,
      repaired: 0,
    };
    const trie = buildTrie(ids);
    for (let item = 0; item < ITEMS; item++) {
      const own = CODES.slice(3 * item, 3 * item + 3);
      const [, , leaf = -1] = TREE.paths.subarray(3 * item, 3 * item + 3);
      const found = TREE.itemOfLeaf[leaf - (TREE.levelStarts[2] ?? 0)];
      expect(found).toBe(own.reduce((node, code) => childOf(trie, node, code), 0));
      expect(TREE.codeRows[leaf]).toBe(10 + (own[2] ?? NaN));
    }
  });

  it('takes ids of one level', () => {
    const tree = buildCodeTree([4, 0, 2], 1, 5);
    expect([...tree.paths]).toEqual([2, 0, 1]);
    expect([...tree.childStarts]).toEqual([0, 3]);
    expect([...tree.itemOfLeaf]).toEqual([1, 2, 0]);
  });

  it.each([
    [[], 2, 4, /ids of 0 items are one sequence/],
    [[1, 2], 2, 4, /ids of 1 items are one sequence/],
    [[1, 2, 1, 2], 2, 4, /ids of 2 items are one sequence/],
    [[1, 2, 3], 2, 4, /no ids of 2 levels/],
    [[1, 4], 2, 4, /Code 4 of item 0 is not one of 4/],
    [[1, 0, 0, -1], 2, 4, /Code -1 of item 1/],
    [[1, 0, NaN, 1], 2, 4, /Code NaN of item 1/],
  ])('refuses %j of %i levels', (codes, levels, codesPerLevel, message) => {
    expect(() => buildCodeTree(codes, levels, codesPerLevel)).toThrow(message);
  });
});
