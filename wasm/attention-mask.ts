import { blockRow } from './attention-blocks';
import { MASK } from './attention-scratch';
import { drawFactors } from './dropout';
import { scratch } from './scratch';
import { bytesOf } from './share';

/**
 * Dropout of attention's probabilities. An instance belongs to one thread and runs one kernel at a
 * time, so what the kernel at hand drops is kept here; 0: it drops nothing.
 */
let draw: usize = 0;
let site: i32 = 0;
let threshold: i32 = 0;
let keep: f32 = 1;
/** Heads of a row, and the place of the segment's first row and head. */
let heads: i32 = 0;
let place: i32 = 0;

export function openMask(
  ownDraw: usize,
  ownHeads: i32,
  ownSite: i32,
  ownThreshold: i32,
  ownKeep: f32,
): void {
  draw = ownDraw;
  heads = ownHeads;
  site = ownSite;
  threshold = ownThreshold;
  keep = ownKeep;
}

export function closeMask(): void {
  draw = 0;
}

/** The blocks to come are of a segment that starts at `row`; heads are counted from `head`. */
export function enterSegment(row: i32, head: i32): void {
  if (draw != 0) place = (load<i32>(draw, 8) + row) * heads + head;
}

/** Factors of keys [key, key + 16) of a query; rows of a head share nothing. */
function factorsAt(to: usize, query: i32, head: i32, key: i32): void {
  const count0 = i32x4.splat(place + query * heads + head);
  const first = i32x4.splat((site << 20) | (key >> 2));
  const count1 = i32x4.add(first, i32x4(0, 1, 2, 3));
  drawFactors(to, load<i32>(draw), load<i32>(draw, 4), count0, count1, threshold, keep);
}

/** Rows of the block are queries from `query` on, columns keys from `key` on, which 4 divides. */
export function dropRows(
  block: usize,
  rows: i32,
  columns: i32,
  query: i32,
  head: i32,
  key: i32,
): void {
  if (draw == 0) return;
  const factors = scratch() + MASK;
  const rowBytes = blockRow(columns);
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < rowBytes; at += 64) {
      factorsAt(factors, query + row, head, key + <i32>(at >> 2));
      const end = min<usize>(64, rowBytes - at);
      for (let e: usize = 0; e < end; e += 16) {
        const cell = block + at + e;
        v128.store(cell, f32x4.mul(v128.load(cell), v128.load(factors + e)));
      }
    }
    block += rowBytes;
  }
}

/** As `dropRows` where rows are keys from `key` on, which 4 divides, and columns are queries. */
export function dropColumns(
  block: usize,
  rows: i32,
  columns: i32,
  query: i32,
  head: i32,
  key: i32,
): void {
  if (draw == 0) return;
  const factors = scratch() + MASK;
  const rowBytes = blockRow(columns);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row += 16) {
      factorsAt(factors, query + column, head, key + row);
      const end = min(16, rows - row);
      for (let e = 0; e < end; e++) {
        const cell = block + <usize>(row + e) * rowBytes + bytesOf(column);
        store<f32>(cell, load<f32>(cell) * load<f32>(factors + bytesOf(e)));
      }
    }
  }
}
