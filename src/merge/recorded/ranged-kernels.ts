import type { Uniforms } from '../../compute/kernel.ts';

/**
 * What a binding of a kernel is to a range. `values`: one number an element, from the block's first
 * element on. `placed`: the same, found by an element's place in the arena. `parts` and
 * `placedParts`: four numbers an element. `table`: as it is. `grains`: the block table. `sums`: one
 * record a grain. `unused`: bound, and not looked at.
 */
export type BindingRole =
  | 'values'
  | 'placed'
  | 'parts'
  | 'placedParts'
  | 'table'
  | 'grains'
  | 'sums'
  | 'unused';

/** How a kernel of an executor goes through the blocks of a range. */
export interface RangedKernel {
  readonly bindings: Readonly<Record<string, BindingRole>>;
  /** Bindings that it changes. */
  readonly writes: readonly string[];
  /** Uniforms that count elements, vectors of four or grains, or are 0 in a range. */
  readonly size: Readonly<Record<string, 'count' | 'quads' | 'slots' | 0>>;
  /** Bindings whose earlier content does not matter. */
  readonly overwrites?: (uniforms: Uniforms) => readonly string[];
  /** Looks at whole rows. */
  readonly needsRows?: boolean;
  /** Number of 32-bit words of a grain's record, where it leaves sums. */
  readonly sumWords?: number;
  /** Of its record the first word alone is wanted: the sum of the magnitudes. */
  readonly onlySizes?: boolean;
  /**
   * It leaves elements as they are or makes them 0, and which ones is worth remembering: a later pass
   * is given one bit an element, and what the choice was made by is not looked at again.
   */
  readonly drops?: (uniforms: Uniforms) => boolean;
  /** Adds to the last word of the cuts. */
  readonly countsMajority?: boolean;
}

const SLOTS = { blockCount: 'slots' } as const;
const LENGTH = { length: 'count' } as const;

function delta(writes: readonly string[], more: Partial<RangedKernel> = {}): RangedKernel {
  return {
    bindings: {
      ...{ delta: 'placed', blocks: 'grains', tensors: 'table', cuts: 'table' },
      ...{ probabilities: 'placed', mask: 'placed', scales: 'table', sums: 'sums' },
    },
    ...{ writes, size: { ...SLOTS, firstSum: 0 } },
    ...more,
  };
}

const FOLD: RangedKernel = {
  bindings: {
    ...{ result: 'values', second: 'values', base: 'values', model: 'values', found: 'values' },
  },
  writes: ['result', 'second'],
  size: LENGTH,
};

const COLLECT: RangedKernel = {
  bindings: {
    ...{ sum: 'placed', divisor: 'placed', delta: 'placed', votes: 'placed' },
    ...{ blocks: 'grains', weights: 'table' },
  },
  writes: ['sum', 'divisor'],
  size: SLOTS,
};

const PCB_BINDINGS = ['score', 'sum', 'divisor', 'base', 'own', 'other'] as const;

/** @param writes of which only those in `anew` do not depend on what they were */
function pcb(
  uses: readonly (typeof PCB_BINDINGS)[number][],
  writes: readonly string[],
  anew: RangedKernel['overwrites'] = () => [],
): RangedKernel {
  const roles = PCB_BINDINGS.map((name) => [name, uses.includes(name) ? 'values' : 'unused']);
  return {
    bindings: Object.fromEntries(roles) as Record<string, BindingRole>,
    ...{ writes, size: LENGTH, overwrites: anew },
  };
}

function ties(result: BindingRole, more: Partial<RangedKernel> = {}): RangedKernel {
  return {
    bindings: {
      ...{ result, base: 'placed', blocks: 'grains', cuts: 'table' },
      ...{ m0: 'placed', m1: 'placed', m2: 'placed', m3: 'placed' },
    },
    writes: ['result'],
    size: SLOTS,
    ...more,
  };
}

const MAJORITY = { writes: [], countsMajority: true } as const;

const FOLDS = [
  ...['largest', 'near', 'elected', 'agreeing', 'dominant', 'agreed', 'spread', 'conflict'],
  ...['within', 'owners', 'unique', 'share'],
];

/** By name. A kernel that is missing cannot be part of a merge in ranges. */
export const RANGED_KERNELS: ReadonlyMap<string, RangedKernel> = new Map<string, RangedKernel>([
  [
    'linear_combination',
    {
      bindings: {
        ...{ target: 'values', origin: 'values' },
        ...{ x0: 'values', x1: 'values', x2: 'values', x3: 'values' },
      },
      writes: ['target'],
      size: { quads: 'quads' },
      // 1: it starts from what the target holds.
      overwrites: ({ start }) => (start === 1 ? [] : ['target']),
    },
  ],
  ...FOLDS.map((rule): [string, RangedKernel] => [`sparse_fold_${rule}`, FOLD]),
  ['sparse_drop_random', delta(['delta'], { drops: ({ divides }) => divides !== 1 })],
  ['sparse_keep_band', delta(['delta'])],
  ['sparse_scale_tensors', delta(['delta'])],
  ['sparse_sum_blocks', delta([], { sumWords: 4 })],
  ['sparse_sum_sizes', delta([], { sumWords: 4, onlySizes: true })],
  ['sparse_collect', COLLECT],
  ['sparse_collect_finish', COLLECT],
  [
    'sparse_rank_probabilities',
    {
      bindings: {
        ...{ probabilities: 'placed', delta: 'placed', blocks: 'grains', tensors: 'table' },
      },
      writes: ['probabilities'],
      size: SLOTS,
      overwrites: () => ['probabilities'],
      needsRows: true,
    },
  ],
  ['ties_fused', ties('placed', { overwrites: () => ['result'] })],
  ['ties_majority', ties('placed', MAJORITY)],
  ['ties_elect', ties('placedParts')],
  ['ties_count', ties('placedParts', MAJORITY)],
  ['ties_collect', ties('placedParts')],
  [
    'arcee_scores',
    {
      bindings: {
        ...{ result: 'placed', base: 'placed', model: 'placed', scores: 'unused' },
        ...{ blocks: 'grains', rows: 'table', thresholds: 'unused' },
      },
      ...{ writes: ['result'], size: SLOTS, needsRows: true },
      overwrites: () => ['result'],
    },
  ],
  [
    'arcee_select',
    {
      bindings: {
        ...{ result: 'placed', base: 'placed', model: 'placed', scores: 'placed' },
        ...{ blocks: 'grains', rows: 'unused', thresholds: 'table' },
      },
      ...{ writes: ['result'], size: SLOTS },
      overwrites: () => ['result'],
    },
  ],
  [
    'pcb_pair',
    pcb(['score', 'base', 'own', 'other'], ['score'], ({ factor }) =>
      factor === 0 ? ['score'] : [],
    ),
  ],
  ['pcb_cross', pcb(['score', 'base', 'own', 'other'], ['score'], () => ['score'])],
  ['pcb_intra', pcb(['score', 'base', 'own'], ['score'])],
  ['pcb_part', pcb(['score', 'sum'], ['sum'], () => ['sum'])],
  ['pcb_add', pcb(['score', 'sum', 'divisor', 'base', 'own'], ['sum', 'divisor'])],
  ['pcb_finish', pcb(['sum', 'divisor', 'base'], ['sum'])],
  [
    'ties_finish',
    {
      bindings: { result: 'values', base: 'values', merged: 'parts' },
      writes: ['result'],
      size: LENGTH,
      overwrites: () => ['result'],
    },
  ],
]);

/** Kernels that find cuts; a recording takes all of one cut as a single selection. */
export const SELECTION_KERNELS: ReadonlySet<string> = new Set([
  ...['ties_histogram_pass', 'ties_select_pass', 'ties_count_ties', 'ties_cut_ties'],
  ...['ties_block_norms', 'ties_segment_scales'],
]);
