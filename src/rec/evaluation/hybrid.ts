import { AppError } from '../../core/errors.ts';
import type { RankedList } from '../data/types.ts';
import type { ItemScore } from './baselines.ts';

/** Added to the share of co-occurrence, so that an item that never occurs with the history has one. */
const FLOOR = 0.001;

/**
 * A model's lists ranked again with item-to-item co-occurrence:
 *   score(i) = log p(i) + weight · log(p_co(i) + 0.001),
 * p_co being an item's share of its user's co-occurrence scores. A model that only has an order
 * counts as p(i) ∝ 1 / rank. Ranked are the items of both lists; one that the model's list lacks has
 * the score of the list's end, which it cannot exceed. Equal scores keep the model's order, then that
 * of co-occurrence: with weight 0 the model's list comes out as it went in.
 * @param occurring of each list's user, best first
 * @param length items that a list has at most
 * @errors invalid-argument for a weight that is negative or no number, non-finite scores
 */
export function hybridLists(
  lists: readonly RankedList[],
  occurring: readonly (readonly ItemScore[])[],
  weight: number,
  length: number,
): RankedList[] {
  if (!(weight >= 0 && Number.isFinite(weight))) {
    throw new AppError('invalid-argument', `The weight ${String(weight)} is not 0 or more.`);
  }
  return lists.map((list, at) => {
    const own = modelScores(list);
    const pairs = occurring[at] ?? [];
    const total = pairs.reduce((sum, { score }) => sum + score, 0);
    const shares = new Map(pairs.map(({ item, score }) => [item, score / total]));
    const end = Math.min(...own.values());
    const candidates = [
      ...new Set([...own.keys(), ...pairs.slice(0, length).map(({ item }) => item)]),
    ];
    const scored = candidates.map((item) => {
      const share = shares.get(item) ?? 0;
      return { item, score: (own.get(item) ?? end) + weight * Math.log(share + FLOOR) };
    });
    if (scored.some(({ score }) => Number.isNaN(score))) {
      throw new AppError('non-finite', `A score of user ${String(list.user)} is not a number.`, {
        hint: 'The weights are damaged: train the cell again.',
      });
    }
    // Stable: equal scores stay in the order of the candidates.
    const items = scored.sort((a, b) => b.score - a.score).map(({ item }) => item);
    return { user: list.user, target: list.target, items: items.slice(0, length) };
  });
}

/** Log-probabilities up to a constant, in the list's order; places without an item are left out. */
function modelScores({ items, scores }: RankedList): ReadonlyMap<number, number> {
  return new Map(
    items.flatMap((item, at) => {
      if (item < 0) return [];
      return [[item, scores === undefined ? -Math.log(at + 1) : (scores[at] ?? NaN)] as const];
    }),
  );
}
