import { AppError } from '../../core/errors.ts';
import type { RangeMemory } from './range-memory.ts';
import { widthOf, type GatheredInput, type RangePlace } from './range-task.ts';

/** Bytes of one table that are read at a time, and where they lie until rows are taken from them. */
export interface RowRead extends RangePlace {
  readonly bytes: number;
  /** Place in the batch. */
  readonly at: number;
}

/** Rows that are read together. */
export interface RowBatch {
  readonly reads: readonly RowRead[];
  readonly bytes: number;
  readonly runs: readonly Run[];
}

/** Elements of the matrix that come from one place, or are the mean of several. */
interface Run {
  /** Counted from the first that is gathered. */
  readonly to: number;
  count: number;
  /** None: zeros. */
  readonly picks: readonly Pick[];
  /** Of the padding's row, where it is from there. */
  readonly padding: number | null;
}

interface Pick {
  readonly table: number;
  /** Element of the table. */
  readonly from: number;
  count: number;
  /** Place of its first byte in the batch. */
  at: number;
}

/** Elements of a table that are read at once. */
interface Span {
  readonly table: number;
  readonly from: number;
  end: number;
  readonly at: number;
}

/** Elements that are picked for one batch: all their bytes are held at once. */
const BATCH_ELEMENTS = 2 ** 18;

/** Gathers elements of a matrix from its tables: batch by batch, rows are read and put in place. */
export class RowGather {
  private readonly memory: RangeMemory;
  private readonly slot: number;
  private readonly gathered: GatheredInput['gathered'];
  private readonly first: number;
  private readonly count: number;
  private readonly to: number;

  /**
   * @param elements first and count, in the matrix
   * @param to address that the first one is put at
   */
  constructor(
    memory: RangeMemory,
    slot: number,
    { gathered }: GatheredInput,
    elements: readonly [number, number],
    to: number,
  ) {
    this.memory = memory;
    this.slot = slot;
    this.gathered = gathered;
    [this.first, this.count] = elements;
    this.to = to;
  }

  /** @param gap bytes that are rather read than left out between two rows */
  *batches(gap: number): Generator<RowBatch, void, undefined> {
    const { width, firstRow } = this.gathered;
    const end = this.first + this.count;
    let runs: Run[] = [];
    let picked = 0;
    for (let at = this.first; at < end;) {
      const row = Math.floor(at / width);
      const column = at - row * width;
      const count = Math.min(width - column, end - at);
      picked += this.add(runs, { row: row - firstRow, column, count, to: at - this.first });
      at += count;
      if (picked < BATCH_ELEMENTS && at < end) continue;
      yield this.batchOf(runs, gap);
      [runs, picked] = [[], 0];
    }
  }

  /** Where the bytes of a read go; a view ends with the next batch. */
  view(batch: RowBatch, { at, bytes }: RowRead): Uint8Array<ArrayBuffer> {
    const start = this.staged(batch) + at;
    return new Uint8Array(this.memory.buffer, start, bytes);
  }

  /** Puts the rows of a batch in place when all its bytes are there. */
  place(batch: RowBatch): void {
    const { memory, to, gathered } = this;
    const staged = this.staged(batch);
    for (const { picks, padding, count, to: offset } of batch.runs) {
      const target = to + offset * 4;
      const [only] = picks;
      if (picks.length === 1 && only !== undefined) {
        this.decode(target, staged, only);
      } else if (padding !== null) {
        const row = gathered.padding;
        if (row === null) throw new AppError('internal', 'The row of the padding is not known.');
        this.floats(target, count).set(row.subarray(padding, padding + count));
      } else if (picks.length === 0) {
        this.floats(target, count).fill(0);
      } else {
        const rows = memory.region(`mean ${this.slot}`, picks.length * count * 4);
        picks.forEach((pick, k) => {
          this.decode(rows + k * count * 4, staged, pick);
        });
        meanInto(this.floats(target, count), this.floats(rows, picks.length * count));
      }
    }
  }

  /** Notes where elements of one row come from. Gives how many are picked. */
  private add(
    runs: Run[],
    { row, column, count, to }: { row: number; column: number; count: number; to: number },
  ): number {
    const { width, map } = this.gathered;
    if (row >= map.ends.length) {
      runs.push({ to, count, picks: [], padding: column });
      return 0;
    }
    const [start, end] = [map.ends[row - 1] ?? 0, map.ends[row] ?? 0];
    const last = runs.at(-1);
    const [joined] = last?.picks ?? [];
    if (end - start === 1 && last?.picks.length === 1 && joined !== undefined) {
      const from = (map.rows[start] ?? 0) * width + column;
      if (joined.table === map.tables[start] && joined.from + joined.count === from) {
        joined.count += count;
        last.count += count;
        return count;
      }
    }
    const picks = Array.from({ length: end - start }, (_, k): Pick => {
      const from = (map.rows[start + k] ?? 0) * width + column;
      return { table: map.tables[start + k] ?? 0, from, count, at: 0 };
    });
    runs.push({ to, count, picks, padding: null });
    return count * picks.length;
  }

  /** Reads in the order of the tables' bytes; rows that are picked twice are read once. */
  private batchOf(runs: readonly Run[], gap: number): RowBatch {
    const picks = runs.flatMap((run) => run.picks);
    picks.sort((a, b) => a.table - b.table || a.from - b.from);
    const spans: Span[] = [];
    let bytes = 0;
    for (const pick of picks) {
      const { table, from, count } = pick;
      const width = this.widthOf(table);
      let span = spans.at(-1);
      if (span?.table !== table || (from - span.end) * width > gap) {
        span = { table, from, end: from, at: bytes };
        spans.push(span);
      }
      span.end = Math.max(span.end, from + count);
      pick.at = span.at + (from - span.from) * width;
      bytes = span.at + (span.end - span.from) * width;
    }
    const reads = spans.map((span) => this.readOf(span));
    return { reads, bytes, runs };
  }

  private readOf({ table, from, end, at }: Span): RowRead {
    const place = this.gathered.tables[table];
    if (place === undefined) throw new AppError('internal', `A range has no table ${table}.`);
    const width = widthOf(place.dtype);
    const position = place.position + from * width;
    return { file: place.file, position, bytes: (end - from) * width, at };
  }

  private staged({ bytes }: RowBatch): number {
    return this.memory.region(`rows ${this.slot}`, bytes);
  }

  private decode(to: number, staged: number, { table, count, at }: Pick): void {
    const type = this.gathered.tables[table]?.dtype ?? 'F32';
    this.memory.functionOf(`range_decode_${type.toLowerCase()}`)(to, staged + at, count);
  }

  private widthOf(table: number): number {
    return widthOf(this.gathered.tables[table]?.dtype ?? 'F32');
  }

  private floats(at: number, count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer, at, count);
  }
}

/** As `meanOfRows`: added in float64, in the order of the rows. */
function meanInto(target: Float32Array, rows: Float32Array): void {
  const { length } = target;
  const count = rows.length / length;
  for (let c = 0; c < length; c++) {
    let sum = 0;
    for (let at = c; at < rows.length; at += length) sum += rows[at] ?? 0;
    target[c] = sum / count;
  }
}
