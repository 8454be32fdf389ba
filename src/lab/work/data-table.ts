import type { CsvCell } from '../../io/csv-write.ts';
import { isWithin } from '../../rec/data/schedule.ts';
import { testSamples } from '../../rec/data/split.ts';
import type { DomainData, Period } from '../../rec/data/types.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { period } from '../experiment/titles.ts';

/** What a job knows of the data behind the results, as a file of the out folder. */
export interface DataTable {
  readonly domain: string;
  /** `interactions`, `codes-seed1`. */
  readonly name: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly CsvCell[])[];
}

/** The windows of an experiment in time order, the test last. */
export function windowsOf({ contexts }: Pick<Experiment, 'contexts'>): readonly Period[] {
  const { stages, validation, test } = contexts;
  return [...stages, ...(validation === null ? [] : [validation]), test].map(period);
}

/**
 * Every interaction that is left after the filter, in the order in which its user made it, with the
 * window that it lies in ('' where it lies in none).
 * @param asked window → positions, by user, that its evaluation asks for; see `askedPositions`
 */
export function interactionTable(
  { domain, userIds, itemIds, timelines }: DomainData,
  windows: readonly Period[],
  asked: ReadonlyMap<string, ReadonlyMap<number, number>> = new Map(),
): DataTable {
  const rows = timelines.flatMap(({ items, timesMs }, user) =>
    Array.from(items, (item, position) => {
      const timeMs = timesMs[position] ?? NaN;
      const window = windows.find((one) => isWithin(one, timeMs))?.name ?? '';
      const isAsked = [...asked].find(([, positions]) => positions.get(user) === position);
      const [user_, item_] = [userIds[user] ?? '', itemIds[item] ?? ''];
      return [user_, position, item_, timeMs, window, isAsked?.[0] ?? ''];
    }),
  );
  const header = ['user', 'position', 'item', 'time_ms', 'window', 'asked_in'];
  return { domain, name: 'interactions', header, rows };
}

/** The position of each user's interaction that is asked for in a window: the last one before its end. */
export function askedPositions(
  data: DomainData,
  window: Period,
  { minEarlier }: { readonly minEarlier: number },
): ReadonlyMap<number, number> {
  const longest = data.timelines.reduce((most, { items }) => Math.max(most, items.length), 1);
  const samples = testSamples(data, window, { history: longest, minEarlier });
  return new Map(samples.map(({ user, history }) => [user, history.length]));
}
