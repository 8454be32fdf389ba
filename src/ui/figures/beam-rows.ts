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
  readonly kind: 'kept' | 'more' | 'left' | 'cut';
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

/** Siblings that are drawn before the others are one line; a single one more is drawn, too. */
const SHOWN_SIBLINGS = 6;
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
  // What is open, or leads to a first answer, is always seen.
  const beyond = codes.slice(SHOWN_SIBLINGS).filter((code) => !open.has(keyUnder(prefix, code)));
  const more = beyond.length > 1 ? beyond : [];
  const isWhole = open.has(`${prefix} more`);
  const first = codes.filter((code) => !more.includes(code));
  const under = { nodes, prefix, level, open };
  const siblings = [
    ...first.map((code) => keptLines(under, code)),
    ...(more.length === 0 ? [] : [[moreLine(under, more, isWhole)]]),
    ...(isWhole ? more.map((code) => keptLines(under, code)) : []),
    ...togetherLines(under),
  ].filter((lines) => lines.length > 0);
  const of = siblings.length;
  return siblings.flatMap(([own, ...below], at) =>
    own === undefined ? [] : [{ ...own, place: at + 1, of }, ...below],
  );
}

interface Under {
  readonly nodes: readonly (BeamNode | null)[];
  readonly prefix: string;
  readonly level: number;
  readonly open: ReadonlySet<string>;
}

/** A prefix that a search kept, and what is below it where it is open. */
function keptLines({ nodes, prefix, level, open }: Under, code: number): BeamRow[] {
  const children = childrenOf(nodes, code);
  const known = children.find((child) => child !== null);
  if (known === undefined) return [];
  const key = keyUnder(prefix, code);
  const hasMore = children.some((child) => child !== null && hasLines(child));
  const isOpen = hasMore ? open.has(key) : null;
  const row: BeamRow = {
    ...{ key, kind: 'kept', name: codeName(level, code), level },
    cells: children.map((child) => child && { p: child.p, logP: child.logP }),
    ...{ items: known.items, examples: known.examples },
    ...{ isOpen, place: 0, of: 0 },
  };
  return isOpen === true ? [row, ...linesUnder(children, key, level + 1, open)] : [row];
}

/** Kept prefixes that would make the tree too long to see. */
function moreLine(
  { nodes, prefix, level }: Under,
  codes: readonly number[],
  isOpen: boolean,
): BeamRow {
  const children = codes.map((code) => childrenOf(nodes, code));
  return {
    ...{ key: `${prefix} more`, kind: 'more', level, isOpen, place: 0, of: 0, examples: [] },
    name: `${String(codes.length)} more kept`,
    cells: nodes.map((_, model) => {
      const own = children.flatMap((all) => all[model] ?? []);
      return own.length === 0 ? null : cellOf(own.reduce((sum, { p }) => sum + p, 0));
    }),
    items: children.reduce((sum, all) => sum + (all.find((one) => one !== null)?.items ?? 0), 0),
  };
}

/** Codes that were let go, and those that no item has. */
function togetherLines({ nodes, prefix, level }: Under): BeamRow[][] {
  const line = (kind: 'left' | 'cut', items: number): BeamRow => ({
    ...{ key: `${prefix} ${kind}`, kind, level, items, examples: [], isOpen: null },
    name: countName(mostOf(nodes, (node) => node[kind].codes)),
    cells: nodes.map((node) => (node === null ? null : cellOf(node[kind].p))),
    ...{ place: 0, of: 0 },
  });
  const hasLeft = mostOf(nodes, ({ left }) => left.codes) > 0;
  const hasCut = mostOf(nodes, ({ cut }) => cut.p) > NOTHING;
  return [
    ...(hasLeft
      ? [
          [
            line(
              'left',
              mostOf(nodes, ({ left }) => left.items),
            ),
          ],
        ]
      : []),
    ...(hasCut ? [[line('cut', 0)]] : []),
  ];
}

function childrenOf(nodes: readonly (BeamNode | null)[], code: number): (BeamNode | null)[] {
  return nodes.map((node) => node?.kept.find((one) => one.code === code) ?? null);
}

function keyUnder(prefix: string, code: number): string {
  return prefix === '' ? String(code) : `${prefix} ${String(code)}`;
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
function mostOf(nodes: readonly (BeamNode | null)[], of: (node: BeamNode) => number): number {
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
      const key = keyUnder(prefix, child.code);
      keys.add(key);
      visit(child, key);
    }
  };
  for (const tree of trees) if (tree !== null) visit(tree.root, '');
  return keys;
}

/** The way to each model's first answer, and the answer: what is open before anybody opens something. */
export function waysToFirst(trees: readonly (BeamTree | null)[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const tree of trees) {
    if (tree === null) continue;
    const best = bestLeaf(tree.root);
    best.forEach((_, depth) => keys.add(best.slice(0, depth + 1).join(' ')));
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
