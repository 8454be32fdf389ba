import { floatBits } from '../twin-array.ts';

/** Elements of one workgroup of the kernels that go through vectors. */
export const BLOCK = 1024;
/** Rows and columns of the outputs of one workgroup of the product. */
export const TILE = 32;

/** A dispatch's table: two words a workgroup (record, part of it), then the records. */
export interface JobTable {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly parts: number;
  /** Word at which the records begin. */
  readonly records: number;
}

/** A tensor in the arena and its matrix in the work buffer; `rowStride` is of the tensor's rows. */
export interface TensorJob {
  readonly arena: number;
  readonly work: number;
  readonly size: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly factor: number;
}

/** to (+)= factor · from, elements `fromStep` and `toStep` apart (1 when absent). */
export interface VectorJob {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly fromStep?: number;
  readonly toStep?: number;
  readonly factor: number;
}

/** Dot product of two contiguous vectors. */
export interface DotJob {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** Where a matrix lies in the work buffer. */
export interface Place {
  readonly at: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** out[M, N] = A[M, K] · B[K, N]; an addend lies with the strides of `out`. */
export interface ProductJob {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly a: Place;
  readonly b: Place;
  readonly out: Place;
  readonly addend?: number;
}

/** Gradient, both moments and movement of one matrix, by their places. */
export interface AdamJob {
  readonly gradient: number;
  readonly mean: number;
  readonly square: number;
  readonly moved: number;
  readonly length: number;
}

/** Matrix of contiguous rows. */
export function rowMajor(at: number, stride: number): Place {
  return { at, rowStride: stride, columnStride: 1 };
}

export function transposed({ at, rowStride, columnStride }: Place): Place {
  return { at, rowStride: columnStride, columnStride: rowStride };
}

export function tensorTable(jobs: readonly TensorJob[]): JobTable {
  return blockTable(
    jobs.map((job) => ({
      length: job.size,
      words: [
        ...[job.arena, job.work, job.size, job.columns, job.rowStride, job.columnStride],
        floatBits(job.factor),
      ],
    })),
  );
}

export function vectorTable(jobs: readonly VectorJob[]): JobTable {
  return blockTable(
    jobs.map(({ from, to, length, fromStep = 1, toStep = 1, factor }) => ({
      length,
      words: [from, to, length, fromStep, toStep, floatBits(factor)],
    })),
  );
}

export function adamTable(jobs: readonly AdamJob[]): JobTable {
  return blockTable(
    jobs.map(({ gradient, mean, square, moved, length }) => ({
      length,
      words: [gradient, mean, square, moved, length],
    })),
  );
}

export function productTable(jobs: readonly ProductJob[]): JobTable {
  return table(
    jobs.map(({ M, N, K, a, b, out, addend = 0 }) => ({
      parts: counting(Math.ceil(M / TILE) * Math.ceil(N / TILE), 1),
      words: [
        ...[a.at, b.at, out.at, addend, M, N, K],
        ...[a.rowStride, a.columnStride, b.rowStride, b.columnStride],
        ...[out.rowStride, out.columnStride],
      ],
    })),
  );
}

/** Pairs of rows of each matrix; `stride` is all that a rotation covers. */
export function pairTable(
  matrices: readonly { at: number; rows: number; length: number; stride: number }[],
): JobTable {
  return table(
    matrices.map(({ at, rows, length, stride }) => ({
      parts: counting(Math.floor((rows + 1) / 2), 1),
      words: [at, rows, length, stride],
    })),
  );
}

function blockTable(jobs: readonly { length: number; words: readonly number[] }[]): JobTable {
  return table(
    jobs.map(({ length, words }) => ({
      parts: counting(Math.ceil(length / BLOCK), BLOCK),
      words,
    })),
  );
}

function counting(count: number, step: number): number[] {
  return Array.from({ length: count }, (_, index) => index * step);
}

function table(jobs: readonly { parts: readonly number[]; words: readonly number[] }[]): JobTable {
  const parts = jobs.reduce((sum, job) => sum + job.parts.length, 0);
  const size = jobs.reduce((sum, job) => sum + job.words.length, 2 * parts);
  const words = new Uint32Array(size);
  let part = 0;
  let at = 2 * parts;
  jobs.forEach((job, record) => {
    for (const which of job.parts) {
      words.set([record, which], 2 * part++);
    }
    words.set(job.words, at);
    at += job.words.length;
  });
  return { words, parts, records: 2 * parts };
}
