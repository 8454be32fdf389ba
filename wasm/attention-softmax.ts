import { BLOCK_BYTES, blockRow, fillRow, lastColumn, PANEL_BYTES, PAST, scaleRow } from './attention-blocks';
import { exp1, exp4 } from './exp';
import { log1 } from './log';
import { scratch } from './scratch';
import { bytesOf } from './share';
import { madd, max4, sum4 } from './simd';
import { TILE_ROWS } from './tile';

/** Scratch: a tile for edges, a block of scores, one of outputs, sums and peaks, K, V panels. */
export const BLOCK: usize = 256;
export const OUTPUT: usize = BLOCK + BLOCK_BYTES;
const SUMS: usize = OUTPUT + BLOCK_BYTES;
const PEAKS: usize = SUMS + 128;
export const KEYS: usize = PEAKS + 128;
export const VALUES: usize = KEYS + PANEL_BYTES;
export const AFTER_VALUES: usize = VALUES + PANEL_BYTES;

/** Scores become e^(score - peak of the row); sums and peaks go to scratch. */
export function softmaxRows(block: usize, rows: i32, columns: i32, diagonal: i32): void {
  const blockBytes = blockRow(columns);
  for (let row = 0; row < rows; row++) {
    const last = lastColumn(PAST, row, columns, diagonal);
    const groupEnd = min(rows, row / TILE_ROWS * TILE_ROWS + TILE_ROWS) - 1;
    const depth = lastColumn(PAST, groupEnd, columns, diagonal);
    if (last > 0) {
      const padded = bytesOf((last + 3) & ~3);
      fillRow(block, last, (last + 3) & ~3, -Infinity);
      let peaks = v128.load(block);
      for (let at: usize = 16; at < padded; at += 16) {
        peaks = f32x4.pmax(peaks, v128.load(block + at));
      }
      const peak = max4(peaks);
      const subtrahend = f32x4.splat(peak);
      let sums = f32x4.splat(0);
      for (let at: usize = 0; at < padded; at += 16) {
        const p = exp4(f32x4.sub(v128.load(block + at), subtrahend));
        sums = f32x4.add(sums, p);
        v128.store(block + at, p);
      }
      store<f32>(scratch() + SUMS + bytesOf(row), sum4(sums));
      store<f32>(scratch() + PEAKS + bytesOf(row), peak);
    }
    fillRow(block, max(0, last), depth, 0);
    block += blockBytes;
  }
}

/** Rows whose every key was in one block: out / sum, and the log-sum-exp. */
export function finishRows(
  out: usize,
  outRow: usize,
  lse: usize,
  lseRow: usize,
  rows: i32,
  width: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const sum = load<f32>(scratch() + SUMS + bytesOf(row));
    scaleRow(out, width, 1 / sum);
    store<f32>(lse, load<f32>(scratch() + PEAKS + bytesOf(row)) + log1(sum));
    out += outRow;
    lse += lseRow;
  }
}

/** Joins what a row has so far with what it got from one more block of keys. */
export function joinRows(
  out: usize,
  outRow: usize,
  lse: usize,
  lseRow: usize,
  more: usize,
  rows: i32,
  width: i32,
  diagonal: i32,
): void {
  for (let row = 0; row < rows; row++) {
    if (row + diagonal >= 0) {
      const sum = load<f32>(scratch() + SUMS + bytesOf(row));
      const peak = load<f32>(scratch() + PEAKS + bytesOf(row));
      const before = load<f32>(lse);
      // A NaN in either makes the sum of the exponentials NaN, whichever `highest` is.
      const highest = before > peak ? before : peak;
      const oldShare = exp1(before - highest);
      const newShare = exp1(peak - highest);
      const total = oldShare + newShare * sum;
      store<f32>(lse, highest + log1(total));
      const keep = f32x4.splat(oldShare / total);
      const take = f32x4.splat(newShare / total);
      for (let at: usize = 0; at < bytesOf(width); at += 16) {
        const old = f32x4.mul(keep, v128.load(out + at));
        v128.store(out + at, madd(take, v128.load(more + at), old));
      }
    }
    out += outRow;
    lse += lseRow;
    more += bytesOf(width);
  }
}
