import { rankOf } from '../../rec/evaluation/metrics.ts';
import type { DomainData, Period, RankedList, Sample } from '../../rec/data/types.ts';
import type { Sampling } from '../job/job-settings.ts';

/** Most beams that the selection kernel holds. */
export const MOST_BEAMS = 64;

/** What decides a ranking's length and its mask. */
export interface MaskSettings {
  readonly test: Period;
  readonly cutoffs: readonly number[];
  /**
   * true: items that the user took before the target, all of them, are no answers; false: they are.
   * Absent: as the paradigm did before there was a choice.
   */
  readonly maskHistory?: boolean;
}

/** Ranks of the targets, and, where the mask was chosen, those with the other choice. */
export interface MaskedRanks {
  readonly ranks: number[];
  readonly otherRanks?: number[];
  /** Users whose list is shorter than the largest cut-off once their history is masked. */
  readonly shortLists?: number;
}

/** Everything each user took before the target: the whole timeline, however little the models read. */
export function seenItems(
  { timelines }: DomainData,
  { endMs }: Period,
  samples: readonly Sample[],
): ReadonlySet<number>[] {
  return samples.map(({ user }) => {
    const timeline = timelines[user];
    const position = timeline?.timesMs.findLastIndex((timeMs) => timeMs < endMs) ?? 0;
    return new Set(timeline?.items.subarray(0, position));
  });
}

/** Users whose target they took before: with the mask no model can be right about them. */
export function repeatedTargets(
  data: DomainData,
  { test }: MaskSettings,
  samples: readonly Sample[],
): number {
  const seen = seenItems(data, test, samples);
  return samples.filter(({ target }, at) => seen[at]?.has(target) === true).length;
}

/**
 * Items that a list must have, so that the largest cut-off is left when the longest history is
 * taken out. Where the mask was not chosen it is the largest cut-off.
 */
export function listLength(
  data: DomainData,
  { test, cutoffs, maskHistory }: MaskSettings,
  samples: readonly Sample[],
): number {
  const length = Math.max(...cutoffs);
  if (maskHistory === undefined) return length;
  const longest = seenItems(data, test, samples).reduce(
    (most, { size }) => Math.max(most, size),
    0,
  );
  return Math.min(data.itemIds.length, length + longest);
}

/** Beams of a search: with a chosen mask more, by the longest history that the models read. */
export function beamsOf({
  beam,
  sampling,
  maskHistory,
}: Pick<MaskSettings, 'maskHistory'> & {
  readonly beam: number;
  readonly sampling: Sampling;
}): number {
  return maskHistory === undefined ? beam : Math.min(MOST_BEAMS, beam + sampling.history);
}

/**
 * Ranks of the targets in lists as they were made. With a chosen mask the lists have the history in
 * them, and one list gives both numbers; a rank beyond the largest cut-off is 0, as is that of a
 * target that was taken before and is masked.
 */
export function maskedRanks(
  data: DomainData,
  { test, cutoffs, maskHistory }: MaskSettings,
  samples: readonly Sample[],
  lists: readonly RankedList[],
): MaskedRanks {
  if (maskHistory === undefined) return { ranks: lists.map(rankOf) };
  const length = Math.max(...cutoffs);
  const seen = seenItems(data, test, samples);
  const left = lists.map((list, at) => ({
    ...list,
    items: list.items.filter((item) => item >= 0 && seen[at]?.has(item) !== true),
  }));
  const within = (all: readonly RankedList[]) =>
    all.map(rankOf).map((rank) => (rank <= length ? rank : 0));
  const [masked, whole] = [within(left), within(lists)];
  if (!maskHistory) return { ranks: whole, otherRanks: masked };
  const shortLists = left.filter(({ items }) => items.length < length).length;
  return { ranks: masked, otherRanks: whole, ...(shortLists > 0 && { shortLists }) };
}
