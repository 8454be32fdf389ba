import { isWithin } from './schedule.ts';
import type { DomainData, Period, Sample } from './types.ts';

/** What a context's interactions look like. The definition is this project's own. */
export interface InteractionCharacteristics {
  /** Share of the window's interactions on items first seen in the newest training stage, 0…1. */
  readonly newItemShare: number;
  /** Mean of log(1 + days since the target item's first interaction) over the window's targets. */
  readonly meanLogItemAge: number;
  /** Share of the training interactions that falls into each stage, 0…1, in order. */
  readonly stageShares: readonly number[];
}

const DAY_MS = 86_400_000;

/**
 * Characteristics of one domain, seen from a window after the training stages. An item that nobody
 * had before its own target has age 0; shares of nothing are 0.
 * @param targets the window's evaluated users; see `testSamples`
 */
export function interactionCharacteristics(
  { itemIds, timelines }: DomainData,
  stages: readonly Period[],
  window: Period,
  targets: readonly Sample[],
): InteractionCharacteristics {
  const firstSeen = new Float64Array(itemIds.length).fill(Infinity);
  for (const { items, timesMs } of timelines) {
    items.forEach((item, at) => {
      firstSeen[item] = Math.min(firstSeen[item] ?? Infinity, timesMs[at] ?? Infinity);
    });
  }
  const newest = stages.at(-1) ?? window;
  const counts = stages.map(() => 0);
  let inWindow = 0;
  let onNew = 0;
  for (const { items, timesMs } of timelines) {
    items.forEach((item, at) => {
      const timeMs = timesMs[at] ?? NaN;
      const stage = stages.findIndex((candidate) => isWithin(candidate, timeMs));
      if (stage >= 0) counts[stage] = (counts[stage] ?? 0) + 1;
      if (!isWithin(window, timeMs)) return;
      inWindow++;
      if (isWithin(newest, firstSeen[item] ?? NaN)) onNew++;
    });
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const ages = targets.map(({ target, timeMs }) =>
    Math.log1p(Math.max(0, timeMs - (firstSeen[target] ?? timeMs)) / DAY_MS),
  );
  return {
    newItemShare: inWindow === 0 ? 0 : onNew / inWindow,
    meanLogItemAge: ages.length === 0 ? 0 : ages.reduce((sum, age) => sum + age, 0) / ages.length,
    stageShares: counts.map((count) => (total === 0 ? 0 : count / total)),
  };
}
