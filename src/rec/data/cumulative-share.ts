import type { DomainData } from './types.ts';

export interface MonthShare {
  /** 2023-01, in UTC. */
  readonly month: string;
  /** Of all interactions, those before the month's end, 0…1. */
  readonly share: number;
}

/** A place on a cumulative curve. */
export interface SharePoint {
  /** Months since the year 0: 12 · year + month, January being 0. */
  readonly month: number;
  /** Of all interactions, those before the month begins, 0…1. */
  readonly share: number;
}

/**
 * How a domain's interactions add up month by month, from its first to its last one: the curve that
 * tells old domains from recent ones. Months without interactions repeat the share before.
 * @source MMGRid's figure of its data
 */
export function cumulativeShares({ timelines }: Pick<DomainData, 'timelines'>): MonthShare[] {
  const counts = new Map<number, number>();
  let total = 0;
  for (const { timesMs } of timelines) {
    for (const timeMs of timesMs) {
      const date = new Date(timeMs);
      const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
      counts.set(month, (counts.get(month) ?? 0) + 1);
      total++;
    }
  }
  const months = [...counts.keys()].sort((a, b) => a - b);
  const [first = 0, last = -1] = [months[0], months.at(-1)];
  let before = 0;
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const month = first + at;
    before += counts.get(month) ?? 0;
    return { month: monthName(month), share: before / total };
  });
}

/** The curve through months: from 0 where the first one begins to 1 where the last one ends. */
export function sharePoints(months: readonly MonthShare[]): SharePoint[] {
  const [first] = months;
  if (first === undefined) return [];
  const start = monthNumber(first.month);
  return [
    { month: start, share: 0 },
    ...months.map(({ share }, at) => ({ month: start + at + 1, share })),
  ];
}

function monthNumber(name: string): number {
  const [year = NaN, month = NaN] = name.split('-').map(Number);
  return 12 * year + month - 1;
}

/** "2023-01" of a place on the curve. */
export function monthName(month: number): string {
  return `${String(Math.floor(month / 12))}-${String((month % 12) + 1).padStart(2, '0')}`;
}
