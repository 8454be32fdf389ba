import { summarise } from '../statistics.ts';

export const PROCESSES_SCHEMA = 'mmgrid-bench-processes/1';

/** Wall seconds of one round, by number of processes: all of them under the same conditions. */
export type Round = ReadonlyMap<number, number>;

export interface ProcessesSummary {
  readonly processes: number;
  /** Seconds from the first start to the last end, one a round. */
  readonly seconds: readonly number[];
  readonly medianSeconds: number;
  /** Median over the rounds of how many times faster than one process of the same round. */
  readonly timesOne: number;
}

/** What the rounds say of each number of processes; all rounds have all numbers, 1 among them. */
export function summaryOf(rounds: readonly Round[]): ProcessesSummary[] {
  return [...(rounds[0]?.keys() ?? [])].map((processes) => {
    const seconds = rounds.map((round) => round.get(processes) ?? NaN);
    const faster = rounds.map((round, at) => (round.get(1) ?? NaN) / (seconds[at] ?? NaN));
    return {
      processes,
      seconds,
      medianSeconds: summarise(seconds).median,
      timesOne: summarise(faster).median,
    };
  });
}
