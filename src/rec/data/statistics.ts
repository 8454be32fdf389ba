import { cumulativeShares, type MonthShare } from './cumulative-share.ts';
import { isWithin } from './schedule.ts';
import { trainingSamples } from './split.ts';
import type { SplitOptions, TrainingSplitOptions } from './split.ts';
import type { DomainData, Period, Schedule } from './types.ts';

/** One domain in numbers; the shape that the page shows (`workers/lab/api.ts`). */
export interface ContextStatistics {
  readonly domain: string;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Per stage, then the test window. */
  readonly periods: readonly PeriodStatistics[];
  /** How all interactions add up, month by month. */
  readonly cumulative: readonly MonthShare[];
}

export interface PeriodStatistics {
  readonly name: string;
  readonly interactions: number;
  readonly users: number;
  readonly items: number;
  /** Training samples of a stage; test users of the test window. */
  readonly samples: number;
  /** Share of the period's interactions on items first seen in it, 0…1; 0 for an empty period. */
  readonly newItemShare: number;
}

/** @param optionsOf split options of a stage, since only the first one limits targets per user */
export function contextStatistics(
  data: DomainData,
  schedule: Schedule,
  optionsOf: (stage: Period) => TrainingSplitOptions,
  testOptions: SplitOptions,
): ContextStatistics {
  const firstSeen = new Float64Array(data.itemIds.length).fill(Infinity);
  for (const { items, timesMs } of data.timelines) {
    items.forEach((item, at) => {
      firstSeen[item] = Math.min(firstSeen[item] ?? Infinity, timesMs[at] ?? Infinity);
    });
  }
  const periods = [
    ...schedule.stages.map((stage) => ({
      ...countPeriod(data, stage, firstSeen),
      samples: trainingSamples(data, stage, optionsOf(stage)).length,
    })),
    {
      ...countPeriod(data, schedule.test, firstSeen),
      samples: countTestUsers(data, schedule.test, testOptions),
    },
  ];
  return {
    domain: data.domain,
    users: data.userIds.length,
    items: data.itemIds.length,
    interactions: data.timelines.reduce((sum, { items }) => sum + items.length, 0),
    periods,
    cumulative: cumulativeShares(data),
  };
}

function countPeriod(data: DomainData, period: Period, firstSeen: Float64Array) {
  const users = new Set<number>();
  const items = new Set<number>();
  let interactions = 0;
  let onNewItems = 0;
  data.timelines.forEach((timeline, user) => {
    timeline.items.forEach((item, at) => {
      if (!isWithin(period, timeline.timesMs[at] ?? NaN)) return;
      interactions++;
      users.add(user);
      items.add(item);
      if ((firstSeen[item] ?? NaN) >= period.startMs) onNewItems++;
    });
  });
  return {
    name: period.name,
    interactions,
    users: users.size,
    items: items.size,
    newItemShare: interactions === 0 ? 0 : onNewItems / interactions,
  };
}

/** Users that `testSamples` would take; unlike it, zero is a number here and not an error. */
function countTestUsers(data: DomainData, test: Period, { minEarlier }: SplitOptions): number {
  return data.timelines.filter(({ timesMs }) => {
    const last = timesMs.findLastIndex((timeMs) => timeMs < test.endMs);
    return last >= minEarlier && isWithin(test, timesMs[last] ?? NaN);
  }).length;
}
