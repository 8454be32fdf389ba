import { AppError } from '../../core/errors.ts';
import { checkSchedule } from '../data/schedule.ts';
import type { Period, Schedule } from '../data/types.ts';

/** Of a share that differs between domains, each domain's own. */
export type ShareByDomain = number | Readonly<Record<string, number>>;

/**
 * What a teacher turns: how much of the behaviour comes from where. What is left out is as it was
 * before there were knobs, to the bit.
 */
export interface SimulatorKnobs {
  /** Probability that the next item is a usual successor of a recent one; default 0.4. */
  readonly followers?: number | undefined;
  /** Times the usual pull of a user's own taste; default 1. */
  readonly taste?: number | undefined;
  /** Times the usual waves of attention and the usual boost of what is new; 0: neither; default 1. */
  readonly drift?: number | undefined;
  /** Times the usual season, which comes back by itself; default 1. */
  readonly season?: number | undefined;
  /**
   * Period → share of a domain's items that are born in its first half, whole series at a time; the
   * others exist from the start. Absent: see `existingItems`.
   */
  readonly novelty?: Readonly<Record<string, number>> | undefined;
  /**
   * Period → probability that a user wants something evergreen (an item that existed when the data
   * started), else something that came later. Where it is not named nobody asks for age.
   */
  readonly returning?: Readonly<Record<string, ShareByDomain>> | undefined;
}

export interface SimulatorOptions extends SimulatorKnobs {
  /** Games, Books, Movies and Music have words of their own; other names get household goods. */
  readonly domains: readonly string[];
  readonly schedule: Schedule;
  /** A window in the last stage for which `returning` may have a share of its own. */
  readonly validation?: Period;
  readonly usersPerDomain: number;
  readonly itemsPerDomain: number;
  /** Mean; a user has 0.5 to 1.5 times as many. */
  readonly interactionsPerUser: number;
  /** Share of users present in every domain, with one taste in the shared dimensions. */
  readonly sharedUsers: number;
  /** Domain → share of its items that exist when the data start; default 0.55. */
  readonly existingItems?: Readonly<Record<string, number>> | undefined;
  readonly seed: number;
}

/** Largest factor of a knob: beyond it the weights of a draw differ by more than a double holds well. */
export const LARGEST_FACTOR = 5;

type Fault = readonly [holds: boolean, place: string, message: string];

const SHARES = 'must be shares between 0 and 1';

/** @errors invalid-argument, experiment-invalid (the schedule) */
export function checkSimulatorOptions(options: SimulatorOptions): void {
  checkSchedule(options.schedule);
  const broken = [...sizeFaults(options), ...knobFaults(options)].filter(([holds]) => !holds);
  if (broken.length > 0) {
    throw new AppError('invalid-argument', 'The simulator cannot work with these settings.', {
      hint: 'Correct the settings listed.',
      faults: broken.map(([, place, message]) => ({ place, message })),
    });
  }
}

function sizeFaults(options: SimulatorOptions): Fault[] {
  const { usersPerDomain, itemsPerDomain, interactionsPerUser, sharedUsers } = options;
  const isCount = (value: number, min: number) => Number.isInteger(value) && value >= min;
  return [
    [isCount(usersPerDomain, 1), 'usersPerDomain', 'must be a whole number of at least 1'],
    [isCount(itemsPerDomain, 20), 'itemsPerDomain', 'must be a whole number of at least 20'],
    [
      isCount(interactionsPerUser, 2),
      'interactionsPerUser',
      'must be a whole number of at least 2',
    ],
    [
      interactionsPerUser * 4 <= itemsPerDomain,
      'interactionsPerUser',
      'must be at most a quarter of itemsPerDomain: nobody takes an item twice',
    ],
    [isShare(sharedUsers), 'sharedUsers', 'must be a share between 0 and 1'],
    [Object.values(options.existingItems ?? {}).every(isShare), 'existingItems', SHARES],
    [options.domains.length > 0, 'domains', 'at least one is needed'],
    [new Set(options.domains).size === options.domains.length, 'domains', 'must differ'],
  ];
}

function knobFaults(options: SimulatorOptions): Fault[] {
  const { followers = 0, novelty = {}, returning = {}, existingItems, schedule } = options;
  const names = [...schedule.stages, schedule.test].map(({ name }) => name);
  const windows = options.validation === undefined ? names : [...names, 'validation'];
  const factors = ['taste', 'drift', 'season'] as const;
  const born = Object.values(novelty).reduce((sum, share) => sum + share, 0);
  const shares = Object.values(returning).flatMap((share) =>
    typeof share === 'number' ? [share] : Object.values(share),
  );
  return [
    [isShare(followers), 'followers', 'must be a probability between 0 and 1'],
    ...factors.map((key): Fault => {
      const { [key]: factor = 1 } = options;
      const message = `must be a factor between 0 and ${String(LARGEST_FACTOR)}`;
      return [factor >= 0 && factor <= LARGEST_FACTOR, key, message];
    }),
    [Object.values(novelty).every(isShare), 'novelty', SHARES],
    [born <= 1 + 1e-9, 'novelty', 'the shares of all periods come to more than 1'],
    [isKnown(novelty, names), 'novelty', `must name periods: ${names.join(', ')}`],
    [
      options.novelty === undefined || existingItems === undefined,
      'novelty',
      'cannot stand beside existingItems: both say when items are born',
    ],
    [shares.every(isShare), 'returning', SHARES],
    [isKnown(returning, windows), 'returning', `must name periods: ${windows.join(', ')}`],
  ];
}

function isKnown(value: object, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}
