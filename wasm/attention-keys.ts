import {
  addWeighted,
  blockRow,
  clearRow,
  COLUMNS,
  diagonalOf,
  fillRow,
  firstColumn,
  FUTURE,
  ROWS,
  scoreBlock,
} from './attention-blocks';
import { dropColumns, enterSegment } from './attention-mask';
import {
  COLUMN_DELTA,
  COLUMN_LSE,
  GAINS,
  PANELS0,
  PANELS1,
  PANELS2,
  PANELS3,
  SCORES,
} from './attention-scratch';
import { exp4 } from './exp';
import { packPanels } from './pack';
import { scratch } from './scratch';
import { bytesOf } from './share';
import { TILE_ROWS } from './tile';

/**
 * `attention_keys`: the gradients of keys and values; shares of (segment, kv head) pairs, whose
 * sums over queries and heads are all their own.
 */
export function attention_keys(
  dqkv: usize,
  delta: usize,
  dout: usize,
  _out: usize,
  lse: usize,
  qkv: usize,
  spans: usize,
  rows: i32,
  heads: i32,
  kvHeads: i32,
  causal: i32,
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
  const headRow = bytesOf(heads);
  let unit = 0;
  let row = 0;
  while (row < rows) {
    const end = load<i32>(spans + <usize>row * 8, 4);
    const atRow = <usize>row * qkvRow;
    if (load<i32>(spans + <usize>row * 8) == end) {
      if (row % parts == part) clearRow(dqkv + atRow + bytesOf(heads * width), 2 * kvHeads * width);
      row++;
      continue;
    }
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      if (unit++ % parts != part) continue;
      const atKey = atRow + bytesOf((heads + kvHead) * width);
      const toValue = bytesOf(kvHeads * width);
      for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
        const atNumber = <usize>row * headRow + bytesOf(head);
        enterSegment(row, head);
        keysOfSegment(
          dqkv + atKey, dqkv + atKey + toValue, delta + atNumber, lse + atNumber, headRow,
          dout + <usize>row * outRow + bytesOf(head * width), outRow,
          qkv + atRow + bytesOf(head * width), qkv + atKey, qkv + atKey + toValue, qkvRow,
          end - row, width, scale, causal, head == kvHead * group ? 0 : 1,
        );
      }
    }
    row = max(end, row + 1);
  }
}

/** What the queries of one head add to the gradients of its keys and values. */
function keysOfSegment(
  dk: usize,
  dv: usize,
  delta: usize,
  lse: usize,
  headRow: usize,
  dout: usize,
  outRow: usize,
  q: usize,
  k: usize,
  v: usize,
  qkvRow: usize,
  length: i32,
  width: i32,
  scale: f32,
  causal: i32,
  accumulate: i32,
): void {
  const edge = scratch();
  const scores = edge + SCORES;
  const gains = edge + GAINS;
  for (let query = 0; query < length; query += COLUMNS) {
    const columns = min(COLUMNS, length - query);
    const atQuery = q + <usize>query * qkvRow;
    const atOut = dout + <usize>query * outRow;
    packPanels(edge + PANELS0, atQuery, 4, qkvRow, width, columns);
    packPanels(edge + PANELS1, atOut, 4, outRow, width, columns);
    packPanels(edge + PANELS2, atQuery, qkvRow, 4, columns, width);
    packPanels(edge + PANELS3, atOut, outRow, 4, columns, width);
    gatherColumn(edge + COLUMN_LSE, lse + <usize>query * headRow, headRow, columns);
    gatherColumn(edge + COLUMN_DELTA, delta + <usize>query * headRow, headRow, columns);
    const lastKey = causal ? query + columns : length;
    for (let key = 0; key < lastKey; key += ROWS) {
      const count = min(ROWS, length - key);
      const diagonal = diagonalOf(query, key, causal);
      const atKey = <usize>key * qkvRow;
      scoreBlock(
        FUTURE, scores, count, columns, diagonal,
        k + atKey, qkvRow, edge + PANELS0, width, scale, edge,
      );
      scoreBlock(
        FUTURE, gains, count, columns, diagonal,
        v + atKey, qkvRow, edge + PANELS1, width, 1, edge,
      );
      dropColumns(gains, count, columns, query, 0, key);
      differentiateColumns(count, columns, diagonal, scale);
      dropColumns(scores, count, columns, query, 0, key);
      // The first block of queries that reaches these keys starts their sums.
      const adds = query == 0 || (causal && key >= query) ? accumulate : 1;
      addWeighted(
        FUTURE, dk + atKey, qkvRow, width, gains, count, columns, diagonal,
        edge + PANELS2, adds, edge,
      );
      addWeighted(
        FUTURE, dv + atKey, qkvRow, width, scores, count, columns, diagonal,
        edge + PANELS3, adds, edge,
      );
    }
  }
}

/** A column of a matrix as a row; numbers up to the next multiple of 4 are 0. */
function gatherColumn(to: usize, from: usize, fromRow: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    store<f32>(to + bytesOf(i), load<f32>(from));
    from += fromRow;
  }
  fillRow(to, count, (count + 3) & ~3, 0);
}

/** Scores become p = e^(score - lse), gains become p (gain - delta) scale; columns are queries. */
function differentiateColumns(rows: i32, columns: i32, diagonal: i32, scale: f32): void {
  const blockBytes = blockRow(columns);
  const factor = f32x4.splat(scale);
  const lse = scratch() + COLUMN_LSE;
  const delta = scratch() + COLUMN_DELTA;
  let scores = scratch() + SCORES;
  let gains = scratch() + GAINS;
  for (let row = 0; row < rows; row++) {
    const first = min(columns, firstColumn(FUTURE, row, diagonal));
    const groupFirst = firstColumn(FUTURE, row / TILE_ROWS * TILE_ROWS, diagonal);
    for (let at = bytesOf(first & ~3); at < bytesOf(columns); at += 16) {
      const p = exp4(f32x4.sub(v128.load(scores + at), v128.load(lse + at)));
      const gain = f32x4.sub(v128.load(gains + at), v128.load(delta + at));
      v128.store(scores + at, p);
      v128.store(gains + at, f32x4.mul(p, f32x4.mul(gain, factor)));
    }
    fillRow(scores, groupFirst, first, 0);
    fillRow(gains, groupFirst, first, 0);
    scores += blockBytes;
    gains += blockBytes;
  }
}
