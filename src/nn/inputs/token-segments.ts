import { PIECE_LENGTH, segmentCapacity, WHOLE_SEGMENT } from '../ops/embedding-gradient.ts';

/**
 * Positions of a batch by token, cut into pieces for `embeddingGradient`. The arrays are made once
 * and filled anew for each batch, so that a training step allocates nothing.
 */
export class TokenSegments {
  /** u32[N]: positions by token, rising within a token. */
  readonly positions: Uint32Array<ArrayBuffer>;
  /** u32[pieces, 4]: start and end in `positions`, token, slot or WHOLE_SEGMENT. */
  readonly pieces: Uint32Array<ArrayBuffer>;
  /** u32[merges, 4]: token, first and end slot, unused. */
  readonly merges: Uint32Array<ArrayBuffer>;
  private readonly ends: Uint32Array;

  constructor(rows: number, vocabulary: number) {
    const capacity = segmentCapacity(rows, vocabulary);
    this.positions = new Uint32Array(rows);
    this.pieces = new Uint32Array(capacity.pieces * 4);
    // WebGPU cannot bind 0 bytes.
    this.merges = new Uint32Array(Math.max(1, capacity.merges) * 4);
    this.ends = new Uint32Array(vocabulary);
  }

  /**
   * @param ids u32[N], each below the vocabulary
   * @param spans u32[2N] of `fillSpans`: padding has no gradient and is left out
   */
  fill(ids: Uint32Array, spans: Uint32Array): void {
    const { ends, positions } = this;
    const isPadding = (row: number) => spans[2 * row] === spans[2 * row + 1];
    ends.fill(0);
    ids.forEach((id, row) => {
      if (!isPadding(row)) ends[id] = (ends[id] ?? 0) + 1;
    });
    this.countsToStarts();
    // Filling moves each token's start to its end.
    ids.forEach((id, row) => {
      if (isPadding(row)) return;
      const at = ends[id] ?? 0;
      positions[at] = row;
      ends[id] = at + 1;
    });
    this.cut();
  }

  /**
   * The same where a row is a sum of several tokens, or of none: its bag is the entries
   * [starts[n], starts[n + 1]) of `ids`.
   * @param ids each below the vocabulary, as many as there were rows to be
   * @param starts u32[N + 1]
   */
  fillBags(ids: Uint32Array, starts: Uint32Array): void {
    const { ends, positions } = this;
    const rows = starts.length - 1;
    const count = starts[rows] ?? 0;
    ends.fill(0);
    for (let i = 0; i < count; i++) {
      const id = ids[i] ?? 0;
      ends[id] = (ends[id] ?? 0) + 1;
    }
    this.countsToStarts();
    for (let row = 0; row < rows; row++) {
      for (let i = starts[row] ?? 0; i < (starts[row + 1] ?? 0); i++) {
        const id = ids[i] ?? 0;
        const at = ends[id] ?? 0;
        positions[at] = row;
        ends[id] = at + 1;
      }
    }
    this.cut();
  }

  private countsToStarts(): void {
    const { ends } = this;
    let total = 0;
    for (let token = 0; token < ends.length; token++) {
      const count = ends[token] ?? 0;
      ends[token] = total;
      total += count;
    }
  }

  private cut(): void {
    const { ends, pieces, merges } = this;
    let piece = 0;
    let merge = 0;
    let slot = 0;
    let start = 0;
    for (let token = 0; token < ends.length; token++) {
      const end = ends[token] ?? 0;
      const isLong = end - start > PIECE_LENGTH;
      const firstSlot = slot;
      while (start < end) {
        const stop = Math.min(end, start + PIECE_LENGTH);
        const place = isLong ? slot++ : WHOLE_SEGMENT;
        pieces[piece++] = start;
        pieces[piece++] = stop;
        pieces[piece++] = token;
        pieces[piece++] = place;
        start = stop;
      }
      if (!isLong) continue;
      merges[merge++] = token;
      merges[merge++] = firstSlot;
      merges[merge++] = slot;
      merges[merge++] = 0;
    }
    pieces.fill(0, piece);
    merges.fill(0, merge);
  }
}
