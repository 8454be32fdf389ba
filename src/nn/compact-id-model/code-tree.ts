import { AppError } from '../../core/errors.ts';

/**
 * The code sequences of a catalogue as a prefix tree in CSR form. A node is a prefix of 1 … levels
 * codes; nodes are numbered breadth-first, children in order of their codes within a parent, so
 * that the children of a parent follow each other and need no list. Parent 0 is the empty prefix,
 * parent n + 1 is node n.
 */
export interface CodeTree {
  readonly levels: number;
  readonly codesPerLevel: number;
  readonly items: number;
  /** First node of each level, then the number of nodes. */
  readonly levelStarts: readonly number[];
  /** u32[parents + 1]: children of parent p are the nodes [childStarts[p], childStarts[p + 1]). */
  readonly childStarts: Uint32Array<ArrayBuffer>;
  /** u32[nodes]: level * codesPerLevel + code of each node's last code. */
  readonly codeRows: Uint32Array<ArrayBuffer>;
  /** u32[items * levels]: the nodes on each item's way. */
  readonly paths: Uint32Array<ArrayBuffer>;
  /** i32[leaves]: the first item of each node of the last level. */
  readonly itemOfLeaf: Int32Array<ArrayBuffer>;
  /** Items whose whole sequence belongs to an earlier item already: they cannot be recommended. */
  readonly shadowed: number;
}

/**
 * @param codes [items * levels], item by item, each below `codesPerLevel`
 * @errors invalid-argument for sequences of the wrong length or codes out of range; data-invalid
 *   where there are not two sequences to choose between
 */
export function buildCodeTree(
  codes: ArrayLike<number>,
  levels: number,
  codesPerLevel: number,
): CodeTree {
  checkCodes(codes, levels, codesPerLevel);
  const items = codes.length / levels;
  const paths = new Uint32Array(items * levels);
  const levelStarts = [0];
  const codeRows: number[] = [];
  const childStarts: number[] = [];
  const itemOfLeaf: number[] = [];
  let parents = new Uint32Array(items);
  for (let level = 0; level < levels; level++) {
    const codeOf = (item: number) => codes[item * levels + level] ?? 0;
    const order = Array.from({ length: items }, (_, item) => item).sort(
      (a, b) => (parents[a] ?? 0) - (parents[b] ?? 0) || codeOf(a) - codeOf(b) || a - b,
    );
    const next = new Uint32Array(items);
    let parent = -1;
    let code = -1;
    for (const item of order) {
      const own = parents[item] ?? 0;
      if (own !== parent || codeOf(item) !== code) {
        if (own !== parent) childStarts.push(codeRows.length);
        parent = own;
        code = codeOf(item);
        codeRows.push(level * codesPerLevel + code);
        if (level === levels - 1) itemOfLeaf.push(item);
      }
      const node = codeRows.length - 1;
      paths[item * levels + level] = node;
      next[item] = node + 1;
    }
    levelStarts.push(codeRows.length);
    parents = next;
  }
  childStarts.push(codeRows.length);
  if (itemOfLeaf.length < 2) throw nothingToChoose(items);
  return {
    levels,
    codesPerLevel,
    items,
    levelStarts,
    childStarts: Uint32Array.from(childStarts),
    codeRows: Uint32Array.from(codeRows),
    paths,
    itemOfLeaf: Int32Array.from(itemOfLeaf),
    shadowed: items - itemOfLeaf.length,
  };
}

export function nodeCount({ codeRows }: CodeTree): number {
  return codeRows.length;
}

/** Children of a parent. */
export function childCount({ childStarts }: CodeTree, parent: number): number {
  return (childStarts[parent + 1] ?? 0) - (childStarts[parent] ?? 0);
}

/** The parents whose children are the nodes of a level: [first, end). */
export function parentsOfLevel(
  { levelStarts }: CodeTree,
  level: number,
): readonly [number, number] {
  if (level === 0) return [0, 1];
  return [(levelStarts[level - 1] ?? 0) + 1, (levelStarts[level] ?? 0) + 1];
}

/** Most children of a parent of this level. */
export function mostChildren(tree: CodeTree, level: number): number {
  const [first, end] = parentsOfLevel(tree, level);
  let most = 0;
  for (let parent = first; parent < end; parent++) most = Math.max(most, childCount(tree, parent));
  return most;
}

function checkCodes(codes: ArrayLike<number>, levels: number, codesPerLevel: number): void {
  if (!Number.isInteger(levels) || levels < 1 || codes.length % levels !== 0) {
    throw new AppError('invalid-argument', `${codes.length} codes are no ids of ${levels} levels.`);
  }
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? -1;
    if (Number.isInteger(code) && code >= 0 && code < codesPerLevel) continue;
    const item = Math.floor(i / levels);
    const message = `Code ${code} of item ${item} is not one of ${codesPerLevel}.`;
    throw new AppError('invalid-argument', message, { details: { item, level: i % levels, code } });
  }
}

function nothingToChoose(items: number): AppError {
  return new AppError(
    'data-invalid',
    `The semantic ids of ${items} items are one sequence of codes: there is nothing to predict.`,
    { hint: 'Leave the domain out, or use more codes or levels.', details: { items } },
  );
}
