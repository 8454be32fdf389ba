import {
  addWeighted,
  BLOCK_BYTES,
  blockRow,
  clearRow,
  COLUMNS,
  fillRow,
  lastColumn,
  PANEL_BYTES,
  PAST,
  ROWS,
  scaleRow,
  scoreBlock,
} from './attention-blocks';
import { exp1, exp4 } from './exp';
import { log1 } from './log';
import { packPanels } from './pack';
import { scratch } from './scratch';
import { bytesOf } from './share';
import { madd, max4, sum4 } from './simd';
import { TILE_ROWS } from './tile';

/** Scratch: a tile for edges, the block of scores, one of outputs, sums and peaks, K, V panels. */
const BLOCK: usize = 256;
const OUTPUT: usize = BLOCK + BLOCK_BYTES;
const SUMS: usize = OUTPUT + BLOCK_BYTES;
const PEAKS: usize = SUMS + 128;
const KEYS: usize = PEAKS + 128;
const VALUES: usize = KEYS + PANEL_BYTES;

/**
 * `attention`: causal grouped-query attention within segments; shares of (segment, kv head) pairs.
 * The softmax of a row is exact over 256 keys; longer rows join blocks by their log-sum-exp.
 */
export function attention(
  out: usize,
  lse: usize,
  qkv: usize,
  spans: usize,
  rows: i32,
  heads: i32,
  kvHeads: i32,
  scale: f32,
  D4: i32,
  _tile: i32,
  part: i32,
  parts: i32,
): void {
  const width = D4 * 4;
  const group = heads / kvHeads;
  const qkvRow = bytesOf((heads + 2 * kvHeads) * width);
  const outRow = bytesOf(heads * width);
  const lseRow = bytesOf(heads);
  let unit = 0;
  let row = 0;
  while (row < rows) {
    const end = load<i32>(spans + <usize>row * 8, 4);
    const atOut = out + <usize>row * outRow;
    const atLse = lse + <usize>row * lseRow;
    if (load<i32>(spans + <usize>row * 8) == end) {
      if (row % parts == part) {
        clearRow(atOut, heads * width);
        fillRow(atLse, 0, heads, 0);
      }
      row++;
      continue;
    }
    const start = qkv + <usize>row * qkvRow;
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      if (unit++ % parts != part) continue;
      const head = kvHead * group;
      const k = start + bytesOf((heads + kvHead) * width);
      attendSegment(
        atOut + bytesOf(head * width), outRow, atLse + bytesOf(head), lseRow,
        start + bytesOf(head * width), k, k + bytesOf(kvHeads * width), qkvRow,
        end - row, group, width, scale,
      );
    }
    row = max(end, row + 1);
  }
}

/** The queries of `group` heads against the keys of the head that they share. */
function attendSegment(
  out: usize,
  outRow: usize,
  lse: usize,
  lseRow: usize,
  q: usize,
  k: usize,
  v: usize,
  qkvRow: usize,
  length: i32,
  group: i32,
  width: i32,
  scale: f32,
): void {
  const edge = scratch();
  const block = edge + BLOCK;
  const panels = edge + VALUES;
  for (let key = 0; key < length; key += COLUMNS) {
    const columns = min(COLUMNS, length - key);
    packPanels(edge + KEYS, k + <usize>key * qkvRow, 4, qkvRow, width, columns);
    packPanels(panels, v + <usize>key * qkvRow, qkvRow, 4, columns, width);
    for (let head = 0; head < group; head++) {
      const offset = bytesOf(head * width);
      for (let query = key / ROWS * ROWS; query < length; query += ROWS) {
        const count = min(ROWS, length - query);
        const diagonal = query - key;
        const a = q + offset + <usize>query * qkvRow;
        scoreBlock(
          PAST, block, count, columns, diagonal, a, qkvRow, edge + KEYS, width, scale, edge,
        );
        softmaxRows(block, count, columns, diagonal);
        const into = out + offset + <usize>query * outRow;
        const atLse = lse + bytesOf(head) + <usize>query * lseRow;
        if (key == 0) {
          addWeighted(
            PAST, into, outRow, width, block, count, columns, diagonal, panels, 0, edge,
          );
          finishRows(into, outRow, atLse, lseRow, count, width);
        } else {
          const more = edge + OUTPUT;
          addWeighted(
            PAST, more, bytesOf(width), width, block, count, columns, diagonal, panels, 0, edge,
          );
          joinRows(into, outRow, atLse, lseRow, more, count, width, diagonal);
        }
      }
    }
  }
}

/** Scores become e^(score - peak of the row); sums and peaks go to scratch. */
function softmaxRows(block: usize, rows: i32, columns: i32, diagonal: i32): void {
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
function finishRows(
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
function joinRows(
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
