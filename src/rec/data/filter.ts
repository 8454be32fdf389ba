import { AppError } from '../../core/errors.ts';
import type { DomainData, InteractionLog } from './types.ts';

export interface FilterOptions {
  /** Interactions before this time are dropped (after counting); null keeps all. */
  readonly startMs: number | null;
  /** The paper's code uses 5; 0 or 1 keeps every item and user (data that is 5-core already). */
  readonly minCount: number;
  /** Keeps items without a title where the source has titles: click models read none. */
  readonly keepUntitled?: boolean;
}

export interface FilterReport {
  readonly domain: string;
  readonly before: Sizes;
  readonly after: Sizes;
  /** Interactions dropped by each rule, in the order the rules run. */
  readonly dropped: {
    readonly withoutTitle: number;
    readonly beforeStart: number;
    readonly rare: number;
    readonly shortUser: number;
  };
}

export interface Sizes {
  readonly interactions: number;
  readonly users: number;
  readonly items: number;
}

/**
 * The filter of the paper's code, a single pass and not an iterated k-core: (1) drop items without
 * a title where the source has titles, (2) count per item and user over all dates, (3) drop rows
 * before `startMs`, (4) keep rows whose item and user counts of (2) reach `minCount`, (5) keep
 * users with `minCount` rows left. Users and items are renumbered densely in their old order.
 * @errors data-invalid when nothing remains, or a time is not finite
 */
export function filterLog(
  log: InteractionLog,
  options: FilterOptions,
): { data: DomainData; report: FilterReport } {
  const { users, items, timesMs, titles } = log;
  const rows = users.length;
  const minCount = Math.max(1, options.minCount);
  const startMs = options.startMs ?? -Infinity;
  const { keepUntitled = false } = options;
  const titled =
    titles === null || keepUntitled ? null : titles.map((title) => title.trim() !== '');

  const userCounts = new Uint32Array(log.userIds.length);
  const itemCounts = new Uint32Array(log.itemIds.length);
  const usersBefore = new Set<number>();
  const itemsBefore = new Set<number>();
  let withoutTitle = 0;
  for (let row = 0; row < rows; row++) {
    const [user, item] = [users[row] ?? 0, items[row] ?? 0];
    if (!Number.isFinite(timesMs[row])) throw badTime(log.domain, row);
    usersBefore.add(user);
    itemsBefore.add(item);
    if (titled !== null && titled[item] !== true) {
      withoutTitle++;
      continue;
    }
    userCounts[user] = (userCounts[user] ?? 0) + 1;
    itemCounts[item] = (itemCounts[item] ?? 0) + 1;
  }

  const kept: number[] = [];
  const keptPerUser = new Uint32Array(log.userIds.length);
  let beforeStart = 0;
  let rare = 0;
  for (let row = 0; row < rows; row++) {
    const [user, item] = [users[row] ?? 0, items[row] ?? 0];
    if (titled !== null && titled[item] !== true) continue;
    if ((timesMs[row] ?? 0) < startMs) beforeStart++;
    else if ((itemCounts[item] ?? 0) < minCount || (userCounts[user] ?? 0) < minCount) rare++;
    else {
      kept.push(row);
      keptPerUser[user] = (keptPerUser[user] ?? 0) + 1;
    }
  }

  const final = kept.filter((row) => (keptPerUser[users[row] ?? 0] ?? 0) >= minCount);
  if (final.length === 0) {
    throw new AppError(
      'data-invalid',
      `No interaction of domain "${log.domain}" passes the filter.`,
      {
        hint: 'Lower the minimum count, choose an earlier start date, or check the titles.',
        details: { domain: log.domain, interactions: rows, withoutTitle, beforeStart, rare },
      },
    );
  }
  const data = timelinesOf(log, final);
  const report = {
    domain: log.domain,
    before: { interactions: rows, users: usersBefore.size, items: itemsBefore.size },
    after: {
      interactions: final.length,
      users: data.userIds.length,
      items: data.itemIds.length,
    },
    dropped: { withoutTitle, beforeStart, rare, shortUser: kept.length - final.length },
  };
  return { data, report };
}

function badTime(domain: string, row: number): AppError {
  return new AppError('data-invalid', `An interaction of domain "${domain}" has no finite time.`, {
    hint: 'Check the time column and its unit.',
    faults: [{ place: `${domain}: interaction ${String(row)}`, message: 'time is not finite' }],
  });
}

/** Renumbers the kept rows and groups them by user; a stable sort keeps rows of equal time. */
function timelinesOf(log: InteractionLog, rows: readonly number[]): DomainData {
  const userOf = denseIndex(rows.map((row) => log.users[row] ?? 0));
  const itemOf = denseIndex(rows.map((row) => log.items[row] ?? 0));
  const perUser: number[][] = userOf.kept.map(() => []);
  for (const row of rows) perUser[userOf.indexOf.get(log.users[row] ?? 0) ?? 0]?.push(row);
  const timelines = perUser.map((own) => {
    own.sort((a, b) => (log.timesMs[a] ?? 0) - (log.timesMs[b] ?? 0));
    return {
      items: Uint32Array.from(own, (row) => itemOf.indexOf.get(log.items[row] ?? 0) ?? 0),
      timesMs: Float64Array.from(own, (row) => log.timesMs[row] ?? 0),
    };
  });
  return {
    domain: log.domain,
    itemIds: itemOf.kept.map((item) => log.itemIds[item] ?? ''),
    titles: log.titles === null ? null : itemOf.kept.map((item) => log.titles?.[item] ?? ''),
    ...(log.descriptions !== undefined && {
      descriptions: itemOf.kept.map((item) => log.descriptions?.[item] ?? ''),
    }),
    ...(log.givenIds !== undefined && {
      givenIds: itemOf.kept.map((item) => log.givenIds?.[item] ?? null),
    }),
    ...(log.features !== undefined && {
      features: mapValues(log.features, (values) => itemOf.kept.map((item) => values[item] ?? '')),
    }),
    userIds: userOf.kept.map((user) => log.userIds[user] ?? ''),
    timelines,
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function denseIndex(values: readonly number[]) {
  const kept = [...new Set(values)].sort((a, b) => a - b);
  return { kept, indexOf: new Map(kept.map((value, index) => [value, index])) };
}
