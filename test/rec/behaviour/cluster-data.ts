import { RandomStream } from '../../../src/core/rng.ts';
import type { BehaviourConfig } from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import type {
  BehaviourVocabulary,
  ClickSample,
} from '../../../src/rec/behaviour/behaviour-types.ts';

const CLUSTERS = 4;
const CLUSTER_ITEMS = 6;
const ITEMS = CLUSTERS * CLUSTER_ITEMS;

/** Items 1 … 24 in four clusters of six; the category of an item is its cluster. */
export const VOCABULARY: BehaviourVocabulary = {
  items: ['', ...Array.from({ length: ITEMS }, (_, i) => `Toys/i${String(i + 1)}`)],
  features: [
    {
      name: 'category',
      values: ['', 'a', 'b', 'c', 'd'],
      ofItem: Uint32Array.from({ length: ITEMS + 1 }, (_, i) => (i === 0 ? 0 : clusterOf(i) + 1)),
    },
  ],
};

export const CONFIG: BehaviourConfig = {
  items: ITEMS + 1,
  features: [{ name: 'category', values: CLUSTERS + 1 }],
  numeric: 1,
  width: 16,
  layers: 1,
  heads: 2,
  maxPositions: 16,
};

export function clusterOf(item: number): number {
  return Math.floor((item - 1) / CLUSTER_ITEMS);
}

function itemOf(cluster: number, random: RandomStream): number {
  return 1 + cluster * CLUSTER_ITEMS + random.nextInt(CLUSTER_ITEMS);
}

/** Users who stay within one cluster. */
export function sequencesOf(name: string, users: number): number[][] {
  const random = new RandomStream(5, name);
  return Array.from({ length: users }, () => {
    const cluster = random.nextInt(CLUSTERS);
    return Array.from({ length: 3 + random.nextInt(8) }, () => itemOf(cluster, random));
  });
}

/**
 * A positive and a negative of each user, after the same history: the user's own last item and one
 * of another cluster; without a signal either is any item.
 */
export function samplesOf(name: string, users: number, hasSignal = true): ClickSample[] {
  const random = new RandomStream(6, name);
  return sequencesOf(name, users).flatMap((items, user) => {
    const history = items.slice(0, -1);
    const last = items.at(-1) ?? 0;
    const other = (clusterOf(last) + 1 + random.nextInt(CLUSTERS - 1)) % CLUSTERS;
    const shown = hasSignal
      ? [last, itemOf(other, random)]
      : [1 + random.nextInt(ITEMS), 1 + random.nextInt(ITEMS)];
    return shown.map((candidate, index): ClickSample => ({
      user,
      history,
      candidate,
      label: index === 0 ? 1 : 0,
      timeMs: user,
      numbers: [random.nextUniform() - 0.5],
    }));
  });
}
