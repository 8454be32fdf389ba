import type { RankedList, Sample } from '../../rec/data/types.ts';
import { rankingMetrics } from '../../rec/evaluation/metrics.ts';
import type { TrainingRow } from '../../rec/rows/training-rows.ts';

/** Of validation by ranking: what a list must hold, and what is looked at of it. */
export const HELD_CUTOFF = 10;

/**
 * Validation by ranking: NDCG@10 of the last held-out target of each user, in percent.
 * @param rank lists of these users, of a model with these parameters
 * @returns null where nothing is held out
 */
export function heldNdcg<Parameters extends Float32Array>(
  held: readonly TrainingRow[],
  rank: (parameters: Parameters, samples: readonly Sample[]) => Promise<readonly RankedList[]>,
): ((parameters: Parameters) => Promise<number>) | null {
  if (held.length === 0) return null;
  const samples = lastTargets(held);
  return async (parameters) => {
    const metrics = rankingMetrics(await rank(parameters, samples), [HELD_CUTOFF]);
    return metrics.find(({ metric }) => metric === 'ndcg')?.value ?? NaN;
  };
}

/** What each user's newest row asks for last, and what it shows before that. */
function lastTargets(rows: readonly TrainingRow[]): Sample[] {
  const newest = new Map<number, Sample>();
  // Rows of a user are in the order of time.
  for (const { user, items, scored } of rows) {
    const at = scored.lastIndexOf(true);
    const target = items[at];
    if (target === undefined) continue;
    newest.set(user, { user, target, timeMs: 0, history: items.slice(0, at) });
  }
  return [...newest.values()];
}
