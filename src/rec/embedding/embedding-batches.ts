import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import {
  POSITION_STEP,
  type EmbeddingBatch,
  type EmbeddingShape,
} from '../../nn/embedding-model/embedding-batch.ts';
import { IGNORED_TARGET } from '../rows/token-rows.ts';
import type { TrainingRow } from '../rows/training-rows.ts';
import { compiledSize, type ItemTokens } from './item-texts.ts';

export interface EmbeddingBatchOptions {
  /** Rows of a batch. */
  readonly sequences: number;
  /** Items drawn for each batch, uniformly and with replacement; shared by its positions. */
  readonly negatives: number;
  /**
   * The batch's targets compete, too, each as often as it is one. A batch has fewer of them than
   * positions: they are repeated from the first on, so that its shape stays and nothing more is
   * encoded.
   */
  readonly inBatch?: boolean;
  readonly seed: number;
}

/** Batches of a run: pure functions of (rows, options, epoch). */
export interface EmbeddingBatches {
  readonly perEpoch: number;
  /** Shapes of all batches of so many epochs: few, since only the number of tokens varies. */
  shapes(epochs: number): EmbeddingShape[];
  /** Each row once, in an order of its own; batches are made as they are taken. */
  epoch(epoch: number): Iterable<EmbeddingBatch>;
}

/**
 * Cuts rows into batches. The distinct items of a batch (histories, targets, negatives) are encoded
 * once, however often they occur.
 * @param rows items are numbers of `itemTokens`
 * @errors data-invalid without rows; invalid-argument
 */
export function embeddingBatches(
  rows: readonly TrainingRow[],
  itemTokens: ItemTokens,
  options: EmbeddingBatchOptions,
): EmbeddingBatches {
  const { sequences, negatives, seed, inBatch = false } = options;
  if (rows.length === 0) {
    throw new AppError('data-invalid', 'There is nothing to train on in this stage.', {
      hint: 'Choose a longer stage: no user has two interactions up to its end.',
    });
  }
  if (![sequences, negatives].every((count) => Number.isInteger(count) && count >= 1)) {
    throw new AppError(
      'invalid-argument',
      `No batch has ${String(sequences)} sequences and ${String(negatives)} negatives.`,
      { hint: 'Use whole numbers of 1 or more.' },
    );
  }
  const inputs = rows.reduce((most, { items }) => Math.max(most, items.length - 1), 0);
  const together = Math.min(sequences, rows.length);
  const positions = Math.ceil((together * inputs) / POSITION_STEP) * POSITION_STEP;
  const samples = negatives + (inBatch ? positions : 0);
  const items = Math.min(itemTokens.length, together * (inputs + 1) + samples);
  const bounds = { items, positions, samples };
  const perEpoch = Math.ceil(rows.length / sequences);
  function* batchesOf(epoch: number): Iterable<EmbeddingBatch> {
    const random = new RandomStream(seed, `embedding batches/${String(epoch)}`);
    const order = random.shuffle([...rows]);
    for (let first = 0; first < order.length; first += sequences) {
      const own = order.slice(first, first + sequences);
      const drawn = Array.from({ length: negatives }, () => random.nextInt(itemTokens.length));
      const competing = inBatch ? repeated(targetsOf(own), positions) : [];
      yield fill(own, [...drawn, ...competing], itemTokens, bounds);
    }
  }
  return {
    perEpoch,
    epoch: batchesOf,
    shapes: (epochs) => {
      const sizes = new Set<number>();
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (const { tokens } of batchesOf(epoch)) sizes.add(tokens);
      }
      return [...sizes].sort((a, b) => b - a).map((tokens) => ({ ...bounds, tokens }));
    },
  };
}

function targetsOf(rows: readonly TrainingRow[]): number[] {
  return rows.flatMap(({ items, scored }) =>
    items.filter((_, at) => at > 0 && scored[at] === true),
  );
}

/** So many, from the first on again where there are fewer. @param values one at least */
function repeated(values: readonly number[], length: number): number[] {
  return Array.from({ length }, (_, at) => values[at % values.length] ?? -1);
}

function fill(
  rows: readonly TrainingRow[],
  drawn: readonly number[],
  itemTokens: ItemTokens,
  bounds: Omit<EmbeddingShape, 'tokens'>,
): EmbeddingBatch {
  const numbers = new Map<number, number>();
  const texts: ArrayLike<number>[] = [];
  let total = 0;
  const numberOf = (item: number): number => {
    const known = numbers.get(item);
    if (known !== undefined) return known;
    const text = itemTokens[item];
    if (text === undefined) {
      throw new AppError('invalid-argument', `Item ${String(item)} has no text.`);
    }
    total += text.length + 1;
    numbers.set(item, texts.length);
    return texts.push(text) - 1;
  };
  const inputs = new Int32Array(bounds.positions).fill(-1);
  const targets = new Int32Array(bounds.positions).fill(IGNORED_TARGET);
  const segments: number[] = [];
  let at = 0;
  for (const { items, scored } of rows) {
    segments.push(at, at + items.length - 1);
    for (let i = 1; i < items.length; i++, at++) {
      inputs[at] = numberOf(items[i - 1] ?? -1);
      if (scored[i] === true) targets[at] = numberOf(items[i] ?? -1);
    }
  }
  const negatives = Uint32Array.from(drawn, numberOf);
  return {
    ...bounds,
    tokens: compiledSize(total),
    texts,
    numbers: [...numbers.keys()],
    inputs,
    targets,
    segments: Uint32Array.from(segments),
    negatives,
  };
}
