import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';

export interface EpochOrder {
  /** Rows of a batch. */
  readonly rows: number;
  readonly seed: number;
  /** Of the random stream: runs of another kind come in another order. */
  readonly name: string;
  /**
   * Neighbouring batches of the shuffled order whose rows are sorted by length among each other, so
   * that rows of a batch are of similar length; 1: none are.
   */
  readonly pool: number;
}

/**
 * Rows of each batch of an epoch: every row once, in an order that is a pure function of
 * (seed, name, epoch). Only one batch may be short.
 * @param lengths of each row
 */
export function orderOfEpoch(
  lengths: ArrayLike<number>,
  { rows, seed, name, pool }: EpochOrder,
  epoch: number,
): number[][] {
  const random = new RandomStream(seed, `${name}/${String(epoch)}`);
  const order = random.shuffle(Array.from({ length: lengths.length }, (_, row) => row));
  const batches: number[][] = [];
  for (let first = 0; first < order.length; first += rows * pool) {
    const own = order.slice(first, first + rows * pool);
    // A stable sort: rows of equal length stay in their shuffled order.
    if (pool > 1) own.sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
    const cut: number[][] = [];
    for (let at = 0; at < own.length; at += rows) cut.push(own.slice(at, at + rows));
    batches.push(...(pool > 1 ? random.shuffle(cut) : cut));
  }
  return batches;
}

/** @errors invalid-argument, data-invalid */
export function checkBatchSize(size: number, rows: number, what: string): void {
  if (!Number.isInteger(size) || size < 1) {
    throw new AppError('invalid-argument', `No batch has ${String(size)} ${what}.`, {
      hint: 'Use a whole number of 1 or more.',
    });
  }
  if (rows > 0) return;
  throw new AppError('data-invalid', `There are no ${what} to train on.`, {
    hint: 'Choose a longer stage or allow users with fewer interactions.',
  });
}
