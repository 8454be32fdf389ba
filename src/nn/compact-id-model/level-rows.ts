import type { BagIndex } from '../inputs/bag-index.ts';
import { childCount, mostChildren, parentsOfLevel, type CodeTree } from './code-tree.ts';
import type { CompactIdConfig, TableRows } from './compact-id-layout.ts';

/** Bounds of what the scored positions of a batch can lead to. */
export interface LevelSizes {
  /** Scored positions S; each has a row at every level. */
  readonly scored: number;
  /** levels * S. */
  readonly rows: number;
  /** Children of all prefixes that a batch meets, each once. */
  readonly children: number;
  readonly most: number;
  readonly logits: number;
}

/** The bounds for S scored positions, whatever their targets are. */
export function levelSizes(config: CompactIdConfig, tree: CodeTree, scored: number): LevelSizes {
  let children = 0;
  let logits = 0;
  let most = 1;
  for (let level = 0; level < tree.levels; level++) {
    const own = config.trieLoss ? mostChildren(tree, level) : config.codesPerLevel;
    children += config.trieLoss ? mostMet(tree, level, scored) : own;
    logits += scored * own;
    most = Math.max(most, own);
  }
  return { scored, rows: tree.levels * scored, children, most, logits };
}

/** Children of the S parents of a level that have most; only children are no choice. */
function mostMet(tree: CodeTree, level: number, scored: number): number {
  const [first, end] = parentsOfLevel(tree, level);
  const counts: number[] = [];
  for (let parent = first; parent < end; parent++) {
    const count = childCount(tree, parent);
    if (count > 1) counts.push(count);
  }
  const most = counts.sort((a, b) => b - a).slice(0, scored);
  return most.reduce((sum, count) => sum + count, 0);
}

/**
 * One row for each scored position and level: the state that the position's item is decoded from,
 * plus what its codes so far stand for, against the children of that prefix. Rows of a level are
 * sorted by prefix, so that each prefix has its children gathered once and its rows together; a
 * prefix with one child leaves nothing to choose and gets no row. Filled anew for each batch.
 */
export class LevelRows {
  readonly sizes: LevelSizes;
  /** u32[rows, 4] and u32[children, 4], see `childSoftmax`. */
  readonly runs: Uint32Array<ArrayBuffer>;
  readonly groups: Uint32Array<ArrayBuffer>;
  /** i32[rows]: the position in the batch; -1 = none. */
  readonly positions: Int32Array;
  private readonly config: CompactIdConfig;
  private readonly tree: CodeTree;
  private readonly table: TableRows;
  private readonly order: Float64Array;
  private row = 0;
  private child = 0;
  private logit = 0;

  constructor(config: CompactIdConfig, tree: CodeTree, table: TableRows, sizes: LevelSizes) {
    this.config = config;
    this.tree = tree;
    this.table = table;
    this.sizes = sizes;
    this.runs = new Uint32Array(4 * sizes.rows);
    this.groups = new Uint32Array(4 * sizes.children);
    this.positions = new Int32Array(sizes.rows);
    this.order = new Float64Array(sizes.scored);
  }

  /**
   * @param scored positions that are scored, at most S
   * @param items the item of each
   * @param prefixes bags of the rows: what the codes before the level stand for
   * @param children bags of the children: what each is
   */
  fill(
    scored: ArrayLike<number>,
    items: ArrayLike<number>,
    prefixes: BagIndex,
    children: BagIndex,
  ): void {
    this.runs.fill(0);
    this.groups.fill(0);
    this.positions.fill(-1);
    this.row = 0;
    this.child = 0;
    this.logit = 0;
    prefixes.begin();
    children.begin();
    for (let level = 0; level < this.tree.levels; level++) {
      this.fillLevel(level, scored, items, prefixes, children);
    }
    prefixes.finish();
    children.finish();
  }

  private fillLevel(
    level: number,
    scored: ArrayLike<number>,
    items: ArrayLike<number>,
    prefixes: BagIndex,
    children: BagIndex,
  ): void {
    const { config, tree, runs, positions } = this;
    const parents = this.sortByParent(level, scored.length, items);
    for (let at = 0; at < parents.length;) {
      const parent = this.parentAt(parents, at);
      let end = at + 1;
      // Without the trie every row competes with all codes of its level.
      while (end < parents.length && (!config.trieLoss || this.parentAt(parents, end) === parent)) {
        end += 1;
      }
      const first = tree.childStarts[parent] ?? 0;
      const count = config.trieLoss ? childCount(tree, parent) : config.codesPerLevel;
      if (count > 1) {
        for (let i = at; i < end; i++) {
          const index = (parents[i] ?? 0) % this.sizes.scored;
          const item = items[index] ?? 0;
          const target = this.targetOf(item, level, first);
          runs.set(
            [this.child, count, this.logit + (i - at) * count, target],
            4 * (this.row + i - at),
          );
          positions[this.row + i - at] = scored[index] ?? 0;
          this.addPath(prefixes, item, level);
        }
        this.addChildren(children, level, first, count, end - at);
        this.row += end - at;
        this.child += count;
        this.logit += (end - at) * count;
      }
      at = end;
    }
  }

  /** Scored positions by the parent that their item has at a level, then as they come. */
  private sortByParent(level: number, count: number, items: ArrayLike<number>): Float64Array {
    const { tree, sizes } = this;
    const order = this.order.subarray(0, count);
    for (let index = 0; index < count; index++) {
      const before = tree.paths[(items[index] ?? 0) * tree.levels + level - 1] ?? 0;
      order[index] = (level === 0 ? 0 : before + 1) * sizes.scored + index;
    }
    return order.sort();
  }

  private parentAt(parents: Float64Array, at: number): number {
    return Math.floor((parents[at] ?? 0) / this.sizes.scored);
  }

  /** Place of an item's code among those that its row competes with. */
  private targetOf(item: number, level: number, first: number): number {
    const { config, tree } = this;
    const node = tree.paths[item * tree.levels + level] ?? 0;
    if (config.trieLoss) return node - first;
    return (tree.codeRows[node] ?? 0) - level * config.codesPerLevel;
  }

  /** The codes before the level, and their prefixes. */
  private addPath(prefixes: BagIndex, item: number, level: number): void {
    const { tree, table, config } = this;
    for (let before = 0; before < level; before++) {
      const node = tree.paths[item * tree.levels + before] ?? 0;
      prefixes.add(table.code(node));
      if (config.prefixVectors) prefixes.add(table.prefix(node));
    }
    prefixes.close();
  }

  private addChildren(
    children: BagIndex,
    level: number,
    first: number,
    count: number,
    rows: number,
  ): void {
    const { config, table, groups } = this;
    for (let k = 0; k < count; k++) {
      groups.set([this.row, rows, this.logit + k, count], 4 * (this.child + k));
      if (config.trieLoss) {
        children.add(table.code(first + k));
        if (config.prefixVectors) children.add(table.prefix(first + k));
      } else {
        children.add(level * config.codesPerLevel + k);
      }
      children.close();
    }
  }
}
