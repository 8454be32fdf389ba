import type { BeamNode, BeamTree } from '../../rec/semantic-ids/beam-tree.ts';

/** What one model says of a line of the tree. */
export interface BeamCell {
  /** Given the prefix before. */
  readonly p: number;
  /** Of the whole prefix; NaN where codes are counted together. */
  readonly logP: number;
}

/** A line of the tree: a prefix, or codes that were let go or cut together. */
export interface BeamRow {
  readonly key: string;
  readonly kind: 'kept' | 'left' | 'cut';
  /** "a 12": level by letter, code by number; of codes counted together their number. */
  readonly name: string;
  /** 1-based, as trees count levels. */
  readonly level: number;
  /** By model; null where its search did not keep the prefix. */
  readonly cells: readonly (BeamCell | null)[];
  readonly items: number;
  readonly examples: readonly number[];
  readonly isOpen: boolean | null;
  /** Of its siblings. */
  readonly place: number;
  readonly of: number;
}

/** Below that nothing of a part is seen. */
const NOTHING = 1e-6;

/** Lines of the searches of several models over one tree of ids, as far as it is open. */
export function beamRows(
  trees: readonly (BeamTree | null)[],
  open: ReadonlySet<string>,
): readonly BeamRow[] {
  const roots = trees.map((tree) => tree?.root ?? null);
  return linesUnder(roots, '', 1, open);
}

function linesUnder(
  nodes: readonly (BeamNode | null)[],
  prefix: string,
  level: number,
  open: ReadonlySet<string>,
): BeamRow[] {
  const codes = keptCodes(nodes);
  const lefts = nodes.map((node) => (node === null ? null : cellOf(node.left.p)));
  const cuts = nodes.map((node) => (node === null ? null : cellOf(node.cut.p)));
  const together = [
    ...(someOf(nodes, ({ left }) => left.codes) > 0
      ? [{ kind: 'left' as const, cells: lefts }]
      : []),
    ...(cuts.some((cell) => (cell?.p ?? 0) > NOTHING)
      ? [{ kind: 'cut' as const, cells: cuts }]
      : []),
  ];
  const of = codes.length + together.length;
  const rows: BeamRow[] = codes.flatMap((code, at) => {
    const children = nodes.map((node) => node?.kept.find((one) => one.code === code) ?? null);
    const known = children.find((child) => child !== null);
    if (known === undefined) return [];
    const key = prefix === '' ? String(code) : `${prefix} ${String(code)}`;
    const hasMore = children.some((child) => child !== null && hasLines(child));
    const isOpen = hasMore ? open.has(key) : null;
    const row: BeamRow = {
      ...{ key, kind: 'kept', name: codeName(level, code), level },
      cells: children.map((child) => child && { p: child.p, logP: child.logP }),
      ...{ items: known.items, examples: known.examples },
      ...{ isOpen, place: at + 1, of },
    };
    return isOpen === true ? [row, ...linesUnder(children, key, level + 1, open)] : [row];
  });
  together.forEach(({ kind, cells }, at) => {
    const count = someOf(nodes, (node) => (kind === 'left' ? node.left : node.cut).codes);
    rows.push({
      ...{ key: `${prefix} ${kind}`, kind, name: countName(count), level, cells },
      items: kind === 'left' ? someOf(nodes, ({ left }) => left.items) : 0,
      ...{ examples: [], isOpen: null, place: codes.length + at + 1, of },
    });
  });
  return rows;
}

function hasLines({ kept, left }: BeamNode): boolean {
  return kept.length > 0 || left.codes > 0;
}

/** Likeliest first, by the model that thinks most of it. */
function keptCodes(nodes: readonly (BeamNode | null)[]): number[] {
  const most = new Map<number, number>();
  for (const { code, p } of nodes.flatMap((node) => node?.kept ?? [])) {
    most.set(code, Math.max(p, most.get(code) ?? 0));
  }
  return [...most].sort(([a, x], [b, y]) => y - x || a - b).map(([code]) => code);
}

/** Of the models that went on from here the largest: each let another number of codes go. */
function someOf(nodes: readonly (BeamNode | null)[], of: (node: BeamNode) => number): number {
  return nodes.reduce((most, node) => Math.max(most, node === null ? 0 : of(node)), 0);
}

function cellOf(p: number): BeamCell {
  return { p, logP: NaN };
}

export function codeName(level: number, code: number): string {
  return `${String.fromCharCode('a'.charCodeAt(0) + level - 1)} ${String(code)}`;
}

function countName(count: number): string {
  return `${String(count)} ${count === 1 ? 'code' : 'codes'}`;
}

/** Every line there is: what the table beside the tree lists. */
export function allOpen(trees: readonly (BeamTree | null)[]): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (node: BeamNode, prefix: string): void => {
    for (const child of node.kept) {
      const key = prefix === '' ? String(child.code) : `${prefix} ${String(child.code)}`;
      keys.add(key);
      visit(child, key);
    }
  };
  for (const tree of trees) if (tree !== null) visit(tree.root, '');
  return keys;
}

/** The way to each model's first answer: what is open before anybody opens something. */
export function waysToFirst(trees: readonly (BeamTree | null)[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const tree of trees) {
    if (tree === null) continue;
    const best = bestLeaf(tree.root);
    best.forEach((_, depth) => {
      if (depth > 0) keys.add(best.slice(0, depth).join(' '));
    });
  }
  return keys;
}

/** Codes of the likeliest whole id. */
function bestLeaf(root: BeamNode): number[] {
  let best: { readonly codes: readonly number[]; readonly logP: number } = { codes: [], logP: NaN };
  const visit = (node: BeamNode, codes: readonly number[]): void => {
    const isDeeper = codes.length > best.codes.length;
    const isBetter = codes.length === best.codes.length && node.logP > best.logP;
    if (isDeeper || isBetter) best = { codes, logP: node.logP };
    for (const child of node.kept) visit(child, [...codes, child.code]);
  };
  visit(root, []);
  return [...best.codes];
}
