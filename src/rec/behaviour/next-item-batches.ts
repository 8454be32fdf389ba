import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import type { NextItemBatch, NextItemShape } from '../../nn/behaviour-model/next-item-model.ts';
import { IGNORED_TARGET } from '../rows/token-rows.ts';
import { behaviourRows, rowLength } from './behaviour-rows.ts';
import type { BehaviourVocabulary } from './behaviour-types.ts';
import { checkBatchSize, orderOfEpoch } from './epoch-order.ts';

export interface NextItemBatchOptions {
  /** Sequences of a batch. */
  readonly sequencesPerBatch: number;
  /** Most positions of a row: the newest items that have one after them. */
  readonly history: number;
  /** Negatives of each sequence; 0: every item competes. */
  readonly samples: number;
  /** Rows that the negatives of a sequence come from; absent: all items of the table. */
  readonly blocks?: readonly ItemBlock[];
  readonly seed: number;
}

/** The rows of one domain's items in the table of all. */
export interface ItemBlock {
  readonly firstRow: number;
  readonly items: number;
}

/** Batches of a run: pure functions of (sequences, options, epoch). */
export interface NextItemBatches {
  readonly perEpoch: number;
  /** Sequences with at least one target; the others are left out. */
  readonly sequences: number;
  /** Shapes of all batches of so many epochs. */
  shapes(epochs: number): NextItemShape[];
  /** Each sequence once, in an order of its own; batches are made as they are taken. */
  epoch(epoch: number): Iterable<NextItemBatch>;
}

/**
 * Cuts sequences into batches for pretraining: each position predicts the item after it and that
 * item's features. A batch's rows hold its longest sequence, rounded up to a multiple of 8; a short
 * last batch is filled with empty rows. The unknown item 0 is no target.
 * @param sequences rows of the item table, oldest first
 * @errors data-invalid without a target; invalid-argument
 */
export function nextItemBatches(
  sequences: readonly (readonly number[])[],
  vocabulary: BehaviourVocabulary,
  { sequencesPerBatch, history, samples, blocks, seed }: NextItemBatchOptions,
): NextItemBatches {
  if (![history - 1, samples].every((count) => Number.isInteger(count) && count >= 0)) {
    throw new AppError(
      'invalid-argument',
      `Sequences of ${String(history)} items with ${String(samples)} negatives cannot be trained on.`,
      { hint: 'Use whole numbers: 1 item or more, 0 negatives (all items compete) or more.' },
    );
  }
  // One item more than positions: the last one is a target only.
  const own = sequences.map((items) => items.slice(-history - 1));
  const used = own.flatMap((items, index) => (items.slice(1).some((id) => id > 0) ? [index] : []));
  checkBatchSize(sequencesPerBatch, used.length, 'sequences');
  const B = Math.min(sequencesPerBatch, used.length);
  const table = { firstRow: 1, items: vocabulary.items.length - 1 };
  const lengths = used.map((index) => (own[index]?.length ?? 0) - 1);
  const order = { rows: B, seed, name: 'next-item batches', pool: 1 };
  const shapeOf = (rows: readonly number[]): NextItemShape => {
    const longest = rows.reduce((most, row) => Math.max(most, lengths[row] ?? 0), 0);
    return { B, T: rowLength(longest, history), samples };
  };
  return {
    perEpoch: Math.ceil(used.length / B),
    sequences: used.length,
    shapes: (epochs) => {
      const shapes = new Map<number, NextItemShape>();
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (const rows of orderOfEpoch(lengths, order, epoch)) {
          const shape = shapeOf(rows);
          shapes.set(shape.T, shape);
        }
      }
      return [...shapes.values()].sort((a, b) => b.T - a.T);
    },
    *epoch(epoch) {
      const draw = negativesOf({ seed, epoch, samples });
      for (const rows of orderOfEpoch(lengths, order, epoch)) {
        const indices = rows.map((row) => used[row] ?? 0);
        const lists = indices.map((index) => own[index] ?? []);
        const negatives = new Uint32Array(B * samples).fill(1);
        indices.forEach((index, row) => {
          const block = blockOf(blocks, own[index] ?? []) ?? table;
          draw(index, block, negatives.subarray(row * samples, (row + 1) * samples));
        });
        yield fill(lists, negatives, shapeOf(rows), vocabulary);
      }
    },
  };
}

/** Draws of a sequence, uniform over the rows of a block: a pure function of its number. */
function negativesOf({ seed, epoch, samples }: { seed: number; epoch: number; samples: number }) {
  const random = new RandomStream(seed, `negatives/${String(epoch)}`);
  return (sequence: number, { firstRow, items }: ItemBlock, into: Uint32Array): void => {
    for (let i = 0; i < samples; i++) {
      const uniform = random.bitsAt(sequence * samples + i) / 2 ** 32;
      into[i] = firstRow + Math.floor(uniform * items);
    }
  };
}

/** Where a sequence's first known item lies. */
function blockOf(
  blocks: readonly ItemBlock[] | undefined,
  sequence: readonly number[],
): ItemBlock | undefined {
  const row = sequence.find((item) => item > 0);
  if (blocks === undefined || row === undefined) return undefined;
  return blocks.find(({ firstRow, items }) => row >= firstRow && row < firstRow + items);
}

function fill(
  lists: readonly (readonly number[])[],
  negatives: Uint32Array,
  shape: NextItemShape,
  vocabulary: BehaviourVocabulary,
): NextItemBatch {
  const { B, T } = shape;
  const inputs = lists.map((items) => items.slice(0, -1));
  const targets = new Int32Array(B * T).fill(IGNORED_TARGET);
  lists.forEach((items, row) => {
    for (let i = 1; i < items.length; i++) {
      const target = items[i] ?? 0;
      if (target > 0) targets[row * T + i - 1] = target;
    }
  });
  const targetFeatures = vocabulary.features.map(({ name, ofItem }) => [
    name,
    targets.map((target) => (target < 0 ? IGNORED_TARGET : (ofItem[target] ?? 0))),
  ]);
  return {
    ...shape,
    ...behaviourRows(inputs, shape, vocabulary),
    targets,
    targetFeatures: Object.fromEntries(targetFeatures) as Record<string, Int32Array>,
    negatives,
  };
}
