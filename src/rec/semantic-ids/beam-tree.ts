import type { SemanticIds } from '../data/types.ts';

/** A prefix that a search went on from, and what the model says of the codes after it. */
export interface SearchedPrefix {
  readonly codes: readonly number[];
  /** Log-probability of the prefix. */
  readonly logP: number;
  /** The codes that lead to an item: log-probability of each after the prefix, as the search counts it. */
  readonly next: readonly { readonly code: number; readonly logP: number }[];
  /** Share of the softmax over all codes of the level that lies on codes without an item, 0 … 1. */
  readonly illegal: number;
}

/** A search for one customer, level by level. */
export interface SearchedLevels {
  /** By level: the prefixes it went on from, best first. */
  readonly levels: readonly (readonly SearchedPrefix[])[];
  /** The whole ids that came out, best first. */
  readonly found: readonly { readonly codes: readonly number[]; readonly logP: number }[];
  /** Whether the search shares the illegal codes' part out among the others; else it is lost. */
  readonly isRenormalised: boolean;
}

/** A prefix in the tree of a search. */
export interface BeamNode {
  /** The last code; -1 for the empty prefix. */
  readonly code: number;
  /** Given the prefix before. */
  readonly p: number;
  /** Of the whole prefix. */
  readonly logP: number;
  /** Items under it. */
  readonly items: number;
  /** The first of them. */
  readonly examples: readonly number[];
  /** The prefixes that the search kept, likeliest first. */
  readonly kept: readonly BeamNode[];
  /** What it let go: codes that lead to items, their share after this prefix, the items under them. */
  readonly left: { readonly codes: number; readonly p: number; readonly items: number };
  /** Codes that no item has after this prefix; their share is of all codes of the level. */
  readonly cut: { readonly codes: number; readonly p: number };
}

export interface BeamTree {
  readonly root: BeamNode;
  readonly levels: number;
  readonly codesPerLevel: number;
  readonly isRenormalised: boolean;
}

/** Items that are named under a prefix. */
const EXAMPLES = 6;

/** What a beam search did for one customer, as a tree of prefixes. */
export function beamTree(searched: SearchedLevels, ids: SemanticIds): BeamTree {
  const { levels, codesPerLevel } = ids;
  const under = itemsByPrefix(ids);
  const expanded = new Map(
    searched.levels.flat().map((prefix) => [keyOf(prefix.codes), prefix] as const),
  );
  // A prefix was kept where the next level went on from it, at the last level where it came out.
  const kept = new Map(searched.found.map(({ codes, logP }) => [keyOf(codes), logP]));
  for (const [key, { logP }] of expanded) kept.set(key, logP);
  const nodeAt = (codes: readonly number[], p: number, logP: number): BeamNode => {
    const items = under.get(keyOf(codes)) ?? [];
    const after = expanded.get(keyOf(codes));
    const next = after?.next ?? [];
    const isKept = ({ code }: { readonly code: number }) => kept.has(keyOf([...codes, code]));
    const left = next.filter((one) => !isKept(one));
    const children = next.filter(isKept).sort((a, b) => b.logP - a.logP || a.code - b.code);
    const itemsOf = (code: number) => under.get(keyOf([...codes, code]))?.length ?? 0;
    return {
      ...{ code: codes.at(-1) ?? -1, p, logP },
      ...{ items: items.length, examples: items.slice(0, EXAMPLES) },
      kept: children.map((child) => {
        const whole = [...codes, child.code];
        return nodeAt(whole, Math.exp(child.logP), kept.get(keyOf(whole)) ?? NaN);
      }),
      left: {
        codes: left.length,
        p: left.reduce((sum, one) => sum + Math.exp(one.logP), 0),
        items: left.reduce((sum, { code }) => sum + itemsOf(code), 0),
      },
      cut: {
        codes: after === undefined ? 0 : codesPerLevel - next.length,
        p: after?.illegal ?? 0,
      },
    };
  };
  const { isRenormalised } = searched;
  return { root: nodeAt([], 1, 0), levels, codesPerLevel, isRenormalised };
}

/** Items under every prefix, in their order. */
function itemsByPrefix({ levels, codes }: SemanticIds): ReadonlyMap<string, readonly number[]> {
  const under = new Map<string, number[]>();
  const count = codes.length / levels;
  for (let item = 0; item < count; item++) {
    const own = Array.from(codes.subarray(item * levels, (item + 1) * levels));
    for (let depth = 0; depth <= levels; depth++) {
      const key = keyOf(own.slice(0, depth));
      const known = under.get(key);
      if (known === undefined) under.set(key, [item]);
      else known.push(item);
    }
  }
  return under;
}

function keyOf(codes: readonly number[]): string {
  return codes.join(' ');
}

/** Log-softmax of some logits in float64; the share of those left out. */
export function logSoftmax(
  logits: ArrayLike<number>,
  chosen: readonly number[],
): { readonly logP: readonly number[]; readonly outside: number } {
  const all = Array.from(logits);
  const peak = all.reduce((most, value) => Math.max(most, value), -Infinity);
  const total = all.reduce((sum, value) => sum + Math.exp(value - peak), 0);
  const own = chosen.map((at) => (all[at] ?? NaN) - peak);
  const inside = own.reduce((sum, value) => sum + Math.exp(value), 0);
  return {
    logP: own.map((value) => value - Math.log(inside)),
    outside: Math.max(0, (total - inside) / total),
  };
}
