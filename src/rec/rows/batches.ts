import type { TokenRange } from '../../nn/inputs/token-batch.ts';
import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import { IGNORED_TARGET } from './token-rows.ts';
import type { TokenRow } from './token-rows.ts';
import { PAD_TOKEN } from '../semantic-ids/vocabulary.ts';

/** B rows of T positions, row-major. */
export interface Batch {
  readonly B: number;
  readonly T: number;
  readonly ids: Int32Array<ArrayBuffer>;
  /** IGNORED_TARGET where nothing is scored. */
  readonly targets: Int32Array<ArrayBuffer>;
  /** The rows without their padding, as pairs [start, end) in the B*T flattened positions. */
  readonly segments: Uint32Array<ArrayBuffer>;
  /** Most scored positions of any batch of this shape, in whatever order the rows come. */
  readonly scoredLimit: number;
  /** The only tokens that its targets are among, where `BatchOptions.head` says so. */
  readonly head?: TokenRange;
}

export interface BatchOptions {
  readonly tokensPerBatch: number;
  /** Rows a batch, whatever their length; absent: as many as the tokens hold. */
  readonly sequencesPerBatch?: number;
  /** Row lengths T that are compiled; a row takes the smallest that holds it. */
  readonly buckets?: readonly number[];
  readonly seed: number;
  readonly epoch: number;
  /** Rows whose targets all lie in this range come in batches of their own, with that `head`. */
  readonly head?: TokenRange;
}

/** Matrix products work in tiles of as many rows. */
const SCORED_STEP = 8;

export const DEFAULT_BUCKETS: readonly number[] = [16, 32, 64, 128, 256];

/**
 * All rows once, in an order that is a pure function of (seed, epoch). Every batch of one bucket
 * has the same B, `sequencesPerBatch` or floor(tokensPerBatch / T), since shapes are compiled: a short last batch is
 * filled with empty rows. The number of batches does not depend on the epoch.
 * @errors limit-exceeded when a row or a bucket in use does not fit; data-invalid without rows
 */
export function batches(rows: readonly TokenRow[], options: BatchOptions): Batch[] {
  const { tokensPerBatch, sequencesPerBatch, buckets = DEFAULT_BUCKETS } = options;
  const { seed, epoch, head } = options;
  if (rows.length === 0) {
    throw new AppError('data-invalid', 'There is nothing to train on in this stage.', {
      hint: 'Choose a longer stage or allow targets with fewer earlier items.',
    });
  }
  const order = new RandomStream(seed, `batches/${String(epoch)}`);
  const shuffled = order.shuffle([...rows]);
  const sizes = [...buckets].sort((a, b) => a - b);
  const all: Batch[] = [];
  for (const [index, T] of sizes.entries()) {
    const shorter = sizes[index - 1] ?? 0;
    const own = shuffled.filter(({ ids }) => ids.length > shorter && ids.length <= T);
    const B = sequencesPerBatch ?? Math.floor(tokensPerBatch / T);
    if (own.length > 0 && B < 1) throw tooLong(T, tokensPerBatch, 'tokens per batch');
    for (const part of kinds(own, head)) {
      const scoredLimit = mostScored(part.rows, B, T);
      for (let at = 0; at < part.rows.length; at += B) {
        const batch = fill(part.rows.slice(at, at + B), B, T, scoredLimit);
        all.push(part.head === undefined ? batch : { ...batch, head: part.head });
      }
    }
  }
  const longest = sizes.at(-1) ?? 0;
  const misfit = rows.find(({ ids }) => ids.length > longest);
  if (misfit !== undefined) throw tooLong(misfit.ids.length, longest, 'longest row length');
  return order.shuffle(all);
}

/** Rows with targets within the head, then the others. */
function kinds(
  rows: readonly TokenRow[],
  head: TokenRange | undefined,
): readonly { readonly rows: readonly TokenRow[]; readonly head?: TokenRange }[] {
  if (head === undefined) return [{ rows }];
  const fits = ({ targets }: TokenRow) =>
    targets.every(
      (target) =>
        target === IGNORED_TARGET || (target >= head.first && target < head.first + head.count),
    );
  return [{ rows: rows.filter(fits), head }, { rows: rows.filter((row) => !fits(row)) }];
}

/** Scored positions of the B rows that score most, rounded up: a bound for any B of the rows. */
function mostScored(rows: readonly TokenRow[], B: number, T: number): number {
  const counts = rows.map(
    ({ targets }) => targets.filter((target) => target !== IGNORED_TARGET).length,
  );
  const most = counts.sort((a, b) => b - a).slice(0, B);
  const sum = most.reduce((total, count) => total + count, 0);
  return Math.min(B * T, Math.max(1, Math.ceil(sum / SCORED_STEP)) * SCORED_STEP);
}

function fill(rows: readonly TokenRow[], B: number, T: number, scoredLimit: number): Batch {
  const ids = new Int32Array(B * T).fill(PAD_TOKEN);
  const targets = new Int32Array(B * T).fill(IGNORED_TARGET);
  rows.forEach((row, b) => {
    ids.set(row.ids, b * T);
    targets.set(row.targets, b * T);
  });
  const segments = Uint32Array.from(rows.flatMap((row, b) => [b * T, b * T + row.ids.length]));
  return { B, T, ids, targets, segments, scoredLimit };
}

function tooLong(length: number, limit: number, what: string): AppError {
  return new AppError(
    'limit-exceeded',
    `A training row takes ${String(length)} positions; the ${what} is ${String(limit)}.`,
    { hint: 'Shorten the history, use fewer levels, or raise the tokens per batch.' },
  );
}
