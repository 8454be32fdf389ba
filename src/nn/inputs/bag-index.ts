import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf } from '../../compute/executor.ts';
import type { BagInput } from '../ops/embedding-bag.ts';
import { TokenSegments } from './token-segments.ts';

/**
 * Rows that are sums of table rows: what is in each row's bag, and the entries by table row, which
 * the gradient needs. The arrays are made once and filled anew for each batch, bag after bag; rows
 * that get no bag are sums of nothing.
 */
export class BagIndex {
  /** u32[M]. */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** u32[N + 1]. */
  readonly starts: Uint32Array<ArrayBuffer>;
  readonly segments: TokenSegments;
  private row = 0;
  private entry = 0;

  /** @param entries most entries of all bags together */
  constructor(rows: number, entries: number, vocabulary: number) {
    this.ids = new Uint32Array(entries);
    this.starts = new Uint32Array(rows + 1);
    this.segments = new TokenSegments(entries, vocabulary);
  }

  /** Before the first bag of a batch. */
  begin(): void {
    this.row = 0;
    this.entry = 0;
  }

  /** Puts a table row into the open bag. */
  add(id: number): void {
    this.ids[this.entry++] = id;
  }

  /** Ends the open bag, which may be empty. */
  close(): void {
    this.starts[++this.row] = this.entry;
  }

  /** Ends empty bags until the row is the next to be filled. */
  skipTo(row: number): void {
    while (this.row < row) this.close();
  }

  /** After the last bag of a batch. */
  finish(): void {
    this.skipTo(this.starts.length - 1);
    this.ids.fill(0, this.entry);
    this.segments.fillBags(this.ids, this.starts);
  }
}

/** Device copies of a `BagIndex`. */
export class DeviceBags {
  readonly index: BagIndex;
  readonly sizes: { readonly rows: number; readonly entries: number; readonly vocabulary: number };
  private readonly scope: BufferScope;
  private readonly buffers;

  constructor(
    scope: BufferScope,
    label: string,
    rows: number,
    entries: number,
    vocabulary: number,
  ) {
    this.scope = scope;
    this.sizes = { rows, entries, vocabulary };
    this.index = new BagIndex(rows, entries, vocabulary);
    const { pieces, merges } = this.index.segments;
    this.buffers = {
      ids: scope.allocate(`${label} entries`, 'u32', entries),
      starts: scope.allocate(`${label} starts`, 'u32', rows + 1),
      positions: scope.allocate(`${label} positions`, 'u32', entries),
      pieces: scope.allocate(`${label} pieces`, 'u32', pieces.length),
      merges: scope.allocate(`${label} merges`, 'u32', merges.length),
    };
  }

  get operands(): BagInput {
    const { ids, starts, positions, pieces, merges } = this.buffers;
    const segments = {
      positions: viewOf(positions),
      pieces: viewOf(pieces),
      merges: viewOf(merges),
    };
    return { ids: viewOf(ids), starts: viewOf(starts), segments };
  }

  /** Queues what the index holds. */
  upload(): void {
    const { executor } = this.scope;
    const { ids, starts, segments } = this.index;
    executor.write(this.buffers.ids, ids);
    executor.write(this.buffers.starts, starts);
    executor.write(this.buffers.positions, segments.positions);
    executor.write(this.buffers.pieces, segments.pieces);
    executor.write(this.buffers.merges, segments.merges);
  }
}
