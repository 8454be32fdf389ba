/**
 * Which rows a gather takes, and for its gradient where each row was taken. The arrays are made
 * once and filled anew for each batch.
 */
export class GatherIndex {
  /** u32[N]: the row at each place; 0 at places that are not used. */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** u32[R + 1]: where each row's places begin in `positions`. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** u32[N]: used places by row, rising within a row. */
  readonly positions: Uint32Array<ArrayBuffer>;

  constructor(places: number, rows: number) {
    this.ids = new Uint32Array(places);
    this.starts = new Uint32Array(rows + 1);
    this.positions = new Uint32Array(places);
  }

  /** @param rows at most N numbers below R; a negative one is a place that is not used */
  fill(rows: ArrayLike<number>): void {
    const { ids, starts, positions } = this;
    ids.fill(0);
    starts.fill(0);
    // Counts move up by two: filling then turns each row's start into its end.
    for (let place = 0; place < rows.length; place++) {
      const row = rows[place] ?? -1;
      if (row >= 0 && row + 2 < starts.length) starts[row + 2] = (starts[row + 2] ?? 0) + 1;
    }
    for (let row = 1; row < starts.length; row++) {
      starts[row] = (starts[row] ?? 0) + (starts[row - 1] ?? 0);
    }
    for (let place = 0; place < rows.length; place++) {
      const row = rows[place] ?? -1;
      if (row < 0) continue;
      ids[place] = row;
      const at = starts[row + 1] ?? 0;
      positions[at] = place;
      starts[row + 1] = at + 1;
    }
  }
}
