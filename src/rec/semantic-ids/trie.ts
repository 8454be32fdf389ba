import type { SemanticIds } from '../data/types.ts';

/**
 * All item codes of one domain as a prefix tree in flat arrays, ready to be a storage buffer.
 * Nodes are numbered breadth-first (root 0), children in order of their codes within a parent.
 */
export interface Trie {
  readonly levels: number;
  readonly codesPerLevel: number;
  /** Inner nodes: prefixes of 0 … levels-1 codes. */
  readonly nodes: number;
  /** First node of each depth, then `nodes`: depth d is [levelStarts[d], levelStarts[d + 1]). */
  readonly levelStarts: readonly number[];
  /**
   * `children[node * codesPerLevel + code]`: a node of the next depth, at the last depth an item
   * index; -1 where no item has that prefix.
   */
  readonly children: Int32Array<ArrayBuffer>;
  /** Items whose whole code belongs to an earlier item already: they cannot be recommended. */
  readonly shadowed: number;
}

/** Builds the tree; of several items with one code the first keeps the leaf. */
export function buildTrie(ids: SemanticIds): Trie {
  const { levels, codesPerLevel, codes } = ids;
  const items = codes.length / levels;
  const levelStarts = [0];
  const links: { slot: number; child: number }[] = [];
  let shadowed = 0;
  let nodeOfItem = new Int32Array(items);
  let nodes = 1;
  for (let level = 0; level < levels; level++) {
    const isLast = level === levels - 1;
    const slots = Array.from(nodeOfItem, (node, item) => ({
      slot: node * codesPerLevel + (codes[item * levels + level] ?? 0),
      item,
    }));
    slots.sort((a, b) => a.slot - b.slot || a.item - b.item);
    levelStarts.push(nodes);
    const next = new Int32Array(items);
    let previous = -1;
    for (const { slot, item } of slots) {
      if (slot !== previous) {
        links.push({ slot, child: isLast ? item : nodes });
        if (!isLast) nodes++;
      } else if (isLast) shadowed++;
      next[item] = nodes - 1;
      previous = slot;
    }
    nodeOfItem = next;
  }
  const children = new Int32Array(nodes * codesPerLevel).fill(-1);
  for (const { slot, child } of links) children[slot] = child;
  return { levels, codesPerLevel, nodes, levelStarts, children, shadowed };
}

/** The child node (at the last depth: the item) behind a code, or -1. */
export function childOf(trie: Trie, node: number, code: number): number {
  if (node < 0 || node >= trie.nodes || code < 0 || code >= trie.codesPerLevel) return -1;
  return trie.children[node * trie.codesPerLevel + code] ?? -1;
}

/** The item with exactly these codes, or -1. */
export function itemOf(trie: Trie, codes: readonly number[]): number {
  if (codes.length !== trie.levels) return -1;
  return codes.reduce((node, code) => (node < 0 ? -1 : childOf(trie, node, code)), 0);
}

/** Codes that lead on from a node, ascending. */
export function legalCodes(trie: Trie, node: number): number[] {
  const codes: number[] = [];
  for (let code = 0; code < trie.codesPerLevel; code++) {
    if (childOf(trie, node, code) >= 0) codes.push(code);
  }
  return codes;
}
