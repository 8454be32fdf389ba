import { countCoOccurrence } from '../data/co-occurrence.ts';
import type { CoOccurrence } from '../data/co-occurrence.ts';
import type { DomainData, Period, RankedList, Sample } from '../data/types.ts';
import { popularityRecency } from './popularity-recency.ts';

/** Length of the rankings unless asked for more. */
const LIST_LENGTH = 20;

const CO_OCCURRENCE = { window: 5, backward: 0.5, decay: 0.5, popularityPower: 0.25 } as const;
/** History items that weigh less than this are skipped. */
const NEGLIGIBLE = 1e-3;

export interface ItemScore {
  readonly item: number;
  readonly score: number;
}

/** What a baseline may look at: interactions before `trainEndMs`, and each sample's history. */
export interface BaselineInput {
  readonly data: DomainData;
  readonly samples: readonly Sample[];
  readonly trainEndMs: number;
  /** Length of the rankings: the largest cut-off that is measured on them; 20 by default. */
  readonly length?: number;
}

/** The items with most interactions before the end of training, the same list for everyone. */
export function mostPopular(input: BaselineInput): RankedList[] {
  const period = { name: 'training', startMs: -Infinity, endMs: input.trainEndMs };
  return sameForAll(input, popularityOrder(itemCounts(input.data, period)));
}

/**
 * The items with most interactions in the last training period; equal counts by overall popularity.
 */
export function mostPopularOfPeriod(input: BaselineInput, period: Period): RankedList[] {
  const { data, trainEndMs } = input;
  const overall = itemCounts(data, { name: 'training', startMs: -Infinity, endMs: trainEndMs });
  return sameForAll(input, popularityOrder(itemCounts(data, period), overall));
}

/**
 * The items with the highest popularity–recency coefficient at the start of the window, equal ones
 * by popularity: what titles are divided by, alone.
 */
export function mostRecentlyPopular(
  input: BaselineInput,
  { startMs }: Period,
  halfLifeDays: number,
): RankedList[] {
  const { data, trainEndMs } = input;
  const overall = itemCounts(data, { name: 'training', startMs: -Infinity, endMs: trainEndMs });
  // Whatever gamma is, the order is that of the sums.
  const sums = popularityRecency(data, { beforeMs: startMs, halfLifeDays, gamma: 1 });
  return sameForAll(input, popularityOrder(sums, overall));
}

/**
 * Item-to-item co-occurrence, our own definition: pairs at distance d <= 5 in a timeline before the
 * end of training count 1 / d forward and 0.5 / d backward. The score of item j is
 * sum over history items h, k-th from the newest:  0.5^k * count(h -> j) / popularity(j)^0.25.
 * Items without a score follow by popularity. History items are not removed. The constants were
 * chosen so that the reference values of an independent program on the Amazon data are met.
 */
export function coOccurrenceBaseline(input: BaselineInput): RankedList[] {
  const { data, samples, trainEndMs, length = LIST_LENGTH } = input;
  const period = { name: 'training', startMs: -Infinity, endMs: trainEndMs };
  const fallback = popularityOrder(itemCounts(data, period)).slice(0, length);
  const scores = coOccurrenceScores(input);
  return samples.map(({ user, target }, at) => {
    const items = new Set((scores[at] ?? []).slice(0, length).map(({ item }) => item));
    for (const item of fallback) if (items.size < length) items.add(item);
    return { user, target, items: [...items] };
  });
}

/** Of each sample the items that occur with its history, best first; equal ones by popularity. */
export function coOccurrenceScores({
  data,
  samples,
  trainEndMs,
}: Pick<BaselineInput, 'data' | 'samples' | 'trainEndMs'>): ItemScore[][] {
  const pairs = countCoOccurrence(data, { beforeMs: trainEndMs, ...CO_OCCURRENCE });
  const popularity = itemCounts(data, { name: 'training', startMs: -Infinity, endMs: trainEndMs });
  const damping = popularity.map((count) => Math.max(1, count) ** CO_OCCURRENCE.popularityPower);
  return samples.map(({ history }) =>
    historyScores(history, pairs, damping).sort(
      (a, b) =>
        b.score - a.score ||
        (popularity[b.item] ?? 0) - (popularity[a.item] ?? 0) ||
        a.item - b.item,
    ),
  );
}

function historyScores(
  history: readonly number[],
  pairs: CoOccurrence,
  damping: Float64Array,
): ItemScore[] {
  const scores = new Map<number, number>();
  let recency = 1;
  for (const item of history.toReversed()) {
    for (const [other, count] of pairs[item] ?? []) {
      const share = (recency * count) / (damping[other] ?? 1);
      scores.set(other, (scores.get(other) ?? 0) + share);
    }
    recency *= CO_OCCURRENCE.decay;
    if (recency < NEGLIGIBLE) break;
  }
  return Array.from(scores, ([item, score]) => ({ item, score }));
}

/** Interactions per item in [startMs, endMs). */
export function itemCounts(data: DomainData, period: Period): Float64Array {
  const counts = new Float64Array(data.itemIds.length);
  for (const { items, timesMs } of data.timelines) {
    items.forEach((item, position) => {
      const timeMs = timesMs[position] ?? NaN;
      if (timeMs >= period.startMs && timeMs < period.endMs) counts[item] = (counts[item] ?? 0) + 1;
    });
  }
  return counts;
}

/** Items by falling count, then falling tie-breaker, then index. */
function popularityOrder(counts: Float64Array, tieBreaker = counts): number[] {
  return Array.from(counts, (_, item) => item).sort(
    (a, b) =>
      (counts[b] ?? 0) - (counts[a] ?? 0) || (tieBreaker[b] ?? 0) - (tieBreaker[a] ?? 0) || a - b,
  );
}

function sameForAll(
  { samples, length = LIST_LENGTH }: BaselineInput,
  order: readonly number[],
): RankedList[] {
  const items = order.slice(0, length);
  return samples.map(({ user, target }) => ({ user, target, items }));
}
