import { LARGEST_FACTOR } from '../../rec/simulator/simulator-options.ts';
import { isRecord } from './document-edit.ts';

/** One number of the simulator, as the form offers it. */
export interface SimulatorNumber {
  readonly key: string;
  readonly label: string;
  /** What it does, for someone who has not read the simulator. */
  readonly help: string;
  /** Where the document says nothing. */
  readonly usual: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

const factor = { usual: 1, min: 0, max: LARGEST_FACTOR, step: 0.1 } as const;
const share = { min: 0, max: 1, step: 0.05 } as const;

export const SIMULATOR_SIZES: readonly SimulatorNumber[] = [
  {
    ...{ key: 'usersPerDomain', label: 'Users a domain', usual: 300, min: 20, max: 20000 },
    ...{ step: 10, help: 'How many people each shop has.' },
  },
  {
    ...{ key: 'itemsPerDomain', label: 'Items a domain', usual: 240, min: 20, max: 20000 },
    ...{ step: 10, help: 'How many things each shop sells.' },
  },
  {
    ...{ key: 'interactionsPerUser', label: 'Interactions a user', usual: 24, min: 5, max: 500 },
    ...{ step: 1, help: 'The mean; a quarter of the items at most, nobody takes one twice.' },
  },
  {
    ...{ key: 'sharedUsers', label: 'Shared users', usual: 0, ...share },
    help: 'Share of the users who are in every shop, with one taste.',
  },
  {
    ...{ key: 'seed', label: 'Seed of the data', usual: 1, min: 0, max: 0xffffffff, step: 1 },
    help: 'Another one invents other shops by the same laws.',
  },
];

export const SIMULATOR_KNOBS: readonly SimulatorNumber[] = [
  {
    ...{ key: 'followers', label: 'Followers', usual: 0.4, ...share },
    help: 'Chance that the next item is a usual successor of a recent one: what a table of pairs counts.',
  },
  {
    ...{ key: 'taste', label: 'Taste', ...factor },
    help: 'How much a user’s own taste decides: what only the whole history shows.',
  },
  {
    ...{ key: 'drift', label: 'Drift', ...factor },
    help: 'Waves of attention that pass and do not come back; 0: popularity stays.',
  },
  {
    ...{ key: 'season', label: 'Season', ...factor },
    help: 'Categories that come and go by themselves, every 300 days.',
  },
];

/** Share of evergreen behaviour of a period and a domain as the document has it; null: not set. */
export function returningShare(
  data: Readonly<Record<string, unknown>>,
  period: string,
  domain: string,
): number | null {
  const returning = isRecord(data['returning']) ? data['returning'] : {};
  const value = returning[period];
  const own = isRecord(value) ? value[domain] : value;
  return typeof own === 'number' ? own : null;
}

/**
 * What the document says of a period once one domain's share is another; one number where all
 * domains agree, undefined where none is left.
 */
export function withReturningShare(
  data: Readonly<Record<string, unknown>>,
  period: string,
  domain: string,
  domains: readonly string[],
  share: number | null,
): number | Readonly<Record<string, number>> | undefined {
  const shares: Record<string, number> = {};
  for (const one of domains) {
    const own = one === domain ? share : returningShare(data, period, one);
    if (own !== null) shares[one] = own;
  }
  const values = Object.values(shares);
  const [first] = values;
  if (first === undefined) return undefined;
  const agree = values.length === domains.length && values.every((value) => value === first);
  return agree ? first : shares;
}
