import { buildBehaviourData } from '../../../src/rec/behaviour/behaviour-data.ts';
import type {
  BehaviourDomain,
  BehaviourOptions,
  ClickSample,
} from '../../../src/rec/behaviour/behaviour-types.ts';
import type { DomainData, ImpressionLog, InteractionLog } from '../../../src/rec/data/types.ts';
import { period } from '../tiny-data.ts';

/** One stage [0, 100), the test [100, 200); overridden by what a test is about. */
export function optionsOf(changes: Partial<BehaviourOptions> = {}): BehaviourOptions {
  return {
    samples: 'last',
    stages: [period('train', 0, 100)],
    test: period('test', 100, 200),
    trainShare: null,
    negatives: 1,
    history: 50,
    minInteractions: 3,
    features: null,
    numbers: [],
    ...changes,
  };
}

export function domainOf(data: DomainData, options: BehaviourOptions): BehaviourDomain {
  const [domain] = buildBehaviourData([{ data }], options).domains;
  if (domain === undefined) throw new Error('no domain');
  return domain;
}

/** A sample as "u0 t7: 1 2 > 3 +", rows of the item table. */
export function textOf({ user, timeMs, history, candidate, label }: ClickSample): string {
  const sign = label === 1 ? '+' : '-';
  return `u${String(user)} t${String(timeMs)}: ${history.join(' ')} > ${String(candidate)} ${sign}`;
}

/** Lists as [user, time, history, candidates]; a positive candidate is one in `clicked`. */
export type TinyList = readonly [
  user: number,
  timeMs: number,
  history: readonly number[],
  shown: readonly (readonly [item: number, label: number])[],
];

export function tinyImpressions(lists: readonly TinyList[]): InteractionLog {
  const starts = (of: (list: TinyList) => readonly unknown[]) =>
    Uint32Array.from(
      lists.reduce<number[]>((sums, list) => [...sums, (sums.at(-1) ?? 0) + of(list).length], [0]),
    );
  const shown = lists.flatMap(([, , , candidates]) => candidates);
  const impressions: ImpressionLog = {
    users: Uint32Array.from(lists, ([user]) => user),
    timesMs: Float64Array.from(lists, ([, timeMs]) => timeMs),
    candidateStarts: starts(([, , , candidates]) => candidates),
    candidates: Uint32Array.from(shown, ([item]) => item),
    clicked: Uint8Array.from(shown, ([, label]) => label),
    historyStarts: starts(([, , history]) => history),
    history: Uint32Array.from(lists.flatMap(([, , history]) => history)),
  };
  const clicks = lists.flatMap(([user, timeMs, , candidates]) =>
    candidates.filter(([, label]) => label === 1).map(([item]) => ({ user, timeMs, item })),
  );
  const items = Math.max(...impressions.candidates, ...impressions.history) + 1;
  const users = Math.max(...impressions.users) + 1;
  return {
    domain: 'News',
    userIds: Array.from({ length: users }, (_, user) => `u${String(user)}`),
    itemIds: Array.from({ length: items }, (_, item) => `n${String(item)}`),
    titles: null,
    users: Uint32Array.from(clicks, ({ user }) => user),
    items: Uint32Array.from(clicks, ({ item }) => item),
    timesMs: Float64Array.from(clicks, ({ timeMs }) => timeMs),
    impressions,
  };
}

/** The rule `impressions` looks at the log alone. */
export function impressionsOf(log: InteractionLog, options: BehaviourOptions): BehaviourDomain {
  const { domain, itemIds, titles, userIds } = log;
  const data = { domain, itemIds, titles, userIds, timelines: [] };
  const [built] = buildBehaviourData([{ data, impressions: { log } }], options).domains;
  if (built === undefined) throw new Error('no domain');
  return built;
}
