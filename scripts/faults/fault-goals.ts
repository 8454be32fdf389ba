/** What of a stored row counts. */
export interface CountedRow {
  readonly id: string;
  readonly injected: number;
  readonly seconds: number;
  readonly isLong: boolean;
  readonly adapter: string;
}

/** What is counted of the rows of one length, and how much of it a commit and a night should have. */
interface Goal {
  readonly what: string;
  readonly commit: number;
  readonly night: number;
  /** True where less is better. */
  readonly isMost?: boolean;
  readonly count: (rows: readonly CountedRow[]) => number;
}

const injectedOf =
  (...ids: readonly string[]) =>
  (rows: readonly CountedRow[]): number =>
    rows.reduce((sum, { id, injected }) => sum + (ids.includes(id) ? injected : 0), 0);

/** Rows that break a run off in the middle and compare its bits with an undisturbed one. */
const BREAKS = ['G07', 'G08', 'G22', 'W01', 'W02', 'W04', 'W05', 'T01', 'T04', 'T05', 'T06'];
const SOFTWARE = /^(swiftshader|llvmpipe|lavapipe|no GPU)?$/;

const GOALS: readonly Goal[] = [
  {
    ...{ what: 'faults injected', commit: 250, night: 2000 },
    count: (rows) => rows.reduce((sum, { injected }) => sum + injected, 0),
  },
  { what: 'processes killed in a save', commit: 20, night: 200, count: injectedOf('T02') },
  { what: 'crashes of the GPU process', commit: 3, night: 50, count: injectedOf('G08') },
  { what: 'devices destroyed at random points', commit: 10, night: 500, count: injectedOf('G07') },
  {
    ...{ what: 'models of which each allocation fails', commit: 1, night: 3 },
    count: (rows) => rows.filter(({ id }) => id === 'G11').length,
  },
  {
    what: 'interruptions, the same bits after',
    commit: 5,
    night: 100,
    count: injectedOf(...BREAKS),
  },
  { what: 'cycles without a byte left', commit: 200, night: 5000, count: injectedOf('G21') },
  { what: 'texts of markup in all views', commit: 60, night: 60, count: injectedOf('F12') },
  {
    ...{ what: 'rows on a GPU that is none of software', commit: 0, night: 1 },
    count: (rows) => rows.filter(({ adapter }) => !SOFTWARE.test(adapter)).length,
  },
  {
    ...{ what: 'minutes of all rows together', commit: 6, night: 90, isMost: true },
    count: (rows) => rows.reduce((sum, { seconds }) => sum + seconds, 0) / 60,
  },
];

/** Goals of faults that no row measures. */
const UNMEASURED =
  'seconds from a crash of the GPU process to training again: not measured, at most 3';

/** Every goal that the stored rows miss, in words; what was never run counts as none. */
export function missedGoals(rows: readonly CountedRow[]): readonly string[] {
  const missed = GOALS.flatMap(({ what, commit, night, isMost = false, count }) =>
    ([false, true] as const).flatMap((isLong) => {
      const found = count(rows.filter((row) => row.isLong === isLong));
      const goal = isLong ? night : commit;
      if (isMost ? found <= goal : found >= goal) return [];
      const run = isLong ? 'long run' : 'short run';
      return [`${run}, ${what}: ${shown(found)}, ${isMost ? 'at most' : 'of'} ${shown(goal)}`];
    }),
  );
  return [...missed, UNMEASURED];
}

function shown(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
