import type { SearchedBeams } from '../../nn/decoding/beam-search.ts';
import { childCount, type CodeTree } from '../../nn/compact-id-model/code-tree.ts';
import type { SearchedLevel } from '../../nn/compact-id-model/compact-id-search.ts';
import { DEAD_SCORE } from '../../nn/ops/beam.ts';
import { logSoftmax, type SearchedLevels, type SearchedPrefix } from '../semantic-ids/beam-tree.ts';
import { childOf, legalCodes, type Trie } from '../semantic-ids/trie.ts';

interface Beam {
  readonly at: number;
  readonly codes: readonly number[];
  readonly logP: number;
}

/**
 * What a search of one user over a trie did. It counts legal codes only, so that the illegal part is
 * shared out among them.
 */
export function searchedTrie(trie: Trie, levels: readonly SearchedBeams[]): SearchedLevels {
  let beams: readonly Beam[] = [{ at: 0, codes: [], logP: 0 }];
  const searched = levels.map(({ logits, stride, offset, scores, nodes }) => {
    const codesOf = new Map<number, readonly number[]>();
    const prefixes = beams.map(({ at, codes, logP }, row): SearchedPrefix | null => {
      // A beam that ended keeps its row of logits.
      if (at < 0) return null;
      const first = row * stride + offset;
      const legal = legalCodes(trie, at);
      for (const code of legal) codesOf.set(childOf(trie, at, code), [...codes, code]);
      const own = logSoftmax(logits.subarray(first, first + trie.codesPerLevel), legal);
      const next = legal.map((code, place) => ({ code, logP: own.logP[place] ?? NaN }));
      return { codes, logP, next, illegal: own.outside };
    });
    beams = chosenBeams(Array.from(nodes), scores, codesOf);
    return prefixes.filter((one) => one !== null);
  });
  return { levels: searched, found: beams.filter(({ at }) => at >= 0), isRenormalised: true };
}

/**
 * The same over the tree of a compact model. Trained with the trie's loss it has no other codes than
 * those of items; else the softmax is over all codes of the level.
 */
export function searchedTree(tree: CodeTree, levels: readonly SearchedLevel[]): SearchedLevels {
  const { childStarts, codeRows, codesPerLevel } = tree;
  // A parent of the tree is a node + 1, the empty prefix 0.
  let beams: readonly Beam[] = [{ at: 0, codes: [], logP: 0 }];
  const searched = levels.map(({ candidates, most, scores, chosen }) => {
    const codesOf = new Map<number, readonly number[]>();
    const prefixes = beams.map(({ at, codes, logP }, row): SearchedPrefix | null => {
      if (at < 0) return null;
      const start = childStarts[at] ?? 0;
      const next = Array.from({ length: childCount(tree, at) }, (_, k) => {
        const code = (codeRows[start + k] ?? NaN) % codesPerLevel;
        codesOf.set(start + k + 1, [...codes, code]);
        return { code, logP: (candidates[row * most + k] ?? NaN) - logP };
      });
      const legal = next.reduce((sum, one) => sum + Math.exp(one.logP), 0);
      return { codes, logP, next, illegal: Math.max(0, 1 - legal) };
    });
    const nodes = Array.from(scores, (score, beam) =>
      score > DEAD_SCORE / 2 ? (chosen[4 * beam + 1] ?? NaN) + 1 : -1,
    );
    beams = chosenBeams(nodes, scores, codesOf);
    return prefixes.filter((one) => one !== null);
  });
  return { levels: searched, found: beams.filter(({ at }) => at >= 0), isRenormalised: false };
}

function chosenBeams(
  nodes: readonly number[],
  scores: ArrayLike<number>,
  codesOf: ReadonlyMap<number, readonly number[]>,
): Beam[] {
  return nodes.map((at, beam) => ({
    at: codesOf.has(at) ? at : -1,
    codes: codesOf.get(at) ?? [],
    logP: scores[beam] ?? NaN,
  }));
}
