/** A way to merge two models that a pack shows over the share of the second one. */
export interface PackMethod {
  readonly id: string;
  readonly title: string;
  /** What it does and what it gives up, in one line. */
  readonly summary: string;
  /** Its merge as a document writes it, without a name and what is put back. */
  readonly entry: string;
  /** The parameters at one share. */
  readonly parameters: (share: number) => Readonly<Record<string, unknown>>;
}

/** The mean of both first cells: the two share no training before it. */
const BASE = 'pretrain-mean';

/** In the order in which the page shows them. */
export const PACK_METHODS: readonly PackMethod[] = [
  {
    id: 'average',
    title: 'Average',
    summary: 'Weighted mean of every parameter',
    entry: 'method: linear',
    parameters: (share) => ({ weight: [1 - share, share] }),
  },
  {
    id: 'arc',
    title: 'SLERP',
    summary: 'Turns from one to the other, length kept',
    entry: 'method: slerp_fb',
    parameters: (share) => ({ t: share }),
  },
  {
    id: 'task-arithmetic',
    title: 'Task arithmetic',
    summary: 'Adds up what both have learnt',
    entry: `method: task_arithmetic\nbase: ${BASE}`,
    parameters: (share) => ({ weight: [Math.min(1, 2 - 2 * share), Math.min(1, 2 * share)] }),
  },
  {
    id: 'trimmed',
    title: 'TIES',
    summary: 'Keeps the largest changes, votes on signs',
    entry: `method: ties\nbase: ${BASE}`,
    parameters: (share) => ({ weight: [1 - share, share], density: 0.2 }),
  },
];
