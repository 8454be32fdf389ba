import {
  addWeighted,
  blockRow,
  clearRow,
  COLUMNS,
  diagonalOf,
  dotRows,
  fillRow,
  firstQuery,
  lastColumn,
  PAST,
  ROWS,
  scoreBlock,
} from './attention-blocks';
import { dropRows, enterSegment } from './attention-mask';
import { GAINS, PANELS0, PANELS1, PANELS2, SCORES } from './attention-scratch';
import { exp4 } from './exp';
import { packPanels } from './pack';
import { scratch } from './scratch';
import { bytesOf } from './share';
import { TILE_ROWS } from './tile';

/**
 * `attention_queries`: the gradient of queries, and delta = sum of dout out, a row and head.
 * Shares of (segment, kv head) pairs.
 */
export function attention_queries(
  dqkv: usize,
  delta: usize,
  dout: usize,
  out: usize,
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
    const isPadding = load<i32>(spans + <usize>row * 8) == end;
    if (isPadding) {
      if (row % parts == part) {
        clearRow(dqkv + <usize>row * qkvRow, heads * width);
        fillRow(delta + <usize>row * headRow, 0, heads, 0);
      }
      row++;
      continue;
    }
    const start = qkv + <usize>row * qkvRow;
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      if (unit++ % parts != part) continue;
      const head = kvHead * group;
      const atHead = bytesOf(head * width);
      const k = start + bytesOf((heads + kvHead) * width);
      const atRow = <usize>row * outRow + atHead;
      const atNumber = <usize>row * headRow + bytesOf(head);
      enterSegment(row, head);
      sumDeltas(delta + atNumber, headRow, dout + atRow, out + atRow, outRow, end - row, group, width);
      queriesOfSegment(
        dqkv + <usize>row * qkvRow + atHead, delta + atNumber, lse + atNumber, headRow,
        dout + atRow, outRow, start + atHead, k, k + bytesOf(kvHeads * width), qkvRow,
        end - row, group, width, scale, causal,
      );
    }
    row = max(end, row + 1);
  }
}

function sumDeltas(
  delta: usize,
  headRow: usize,
  dout: usize,
  out: usize,
  outRow: usize,
  length: i32,
  group: i32,
  width: i32,
): void {
  for (let row = 0; row < length; row++) {
    for (let head = 0; head < group; head++) {
      const at = bytesOf(head * width);
      store<f32>(delta + bytesOf(head), dotRows(dout + at, out + at, width));
    }
    delta += headRow;
    dout += outRow;
    out += outRow;
  }
}

function queriesOfSegment(
  dq: usize,
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
  group: i32,
  width: i32,
  scale: f32,
  causal: i32,
): void {
  const edge = scratch();
  const scores = edge + SCORES;
  const gains = edge + GAINS;
  for (let key = 0; key < length; key += COLUMNS) {
    const columns = min(COLUMNS, length - key);
    const atKey = <usize>key * qkvRow;
    packPanels(edge + PANELS0, k + atKey, 4, qkvRow, width, columns);
    packPanels(edge + PANELS1, v + atKey, 4, qkvRow, width, columns);
    packPanels(edge + PANELS2, k + atKey, qkvRow, 4, columns, width);
    for (let head = 0; head < group; head++) {
      const offset = bytesOf(head * width);
      for (let query = firstQuery(key, causal); query < length; query += ROWS) {
        const count = min(ROWS, length - query);
        const diagonal = diagonalOf(query, key, causal);
        const atQuery = offset + <usize>query * qkvRow;
        const atOut = offset + <usize>query * outRow;
        const atNumber = bytesOf(head) + <usize>query * headRow;
        scoreBlock(
          PAST, scores, count, columns, diagonal,
          q + atQuery, qkvRow, edge + PANELS0, width, scale, edge,
        );
        scoreBlock(
          PAST, gains, count, columns, diagonal,
          dout + atOut, outRow, edge + PANELS1, width, 1, edge,
        );
        dropRows(gains, count, columns, query, head, key);
        differentiateRows(count, columns, diagonal, lse + atNumber, delta + atNumber, headRow, scale);
        addWeighted(
          PAST, dq + atQuery, qkvRow, width, scores, count, columns, diagonal,
          edge + PANELS2, key == 0 ? 0 : 1, edge,
        );
      }
    }
  }
}

/** Scores become their gradients: p (gain - delta) scale with p = e^(score - lse). */
function differentiateRows(
  rows: i32,
  columns: i32,
  diagonal: i32,
  lse: usize,
  delta: usize,
  headRow: usize,
  scale: f32,
): void {
  const blockBytes = blockRow(columns);
  const factor = f32x4.splat(scale);
  let scores = scratch() + SCORES;
  let gains = scratch() + GAINS;
  for (let row = 0; row < rows; row++) {
    const last = max(0, lastColumn(PAST, row, columns, diagonal));
    const groupEnd = min(rows, row / TILE_ROWS * TILE_ROWS + TILE_ROWS) - 1;
    const ownLse = v128.load32_splat(lse);
    const ownDelta = v128.load32_splat(delta);
    for (let at: usize = 0; at < bytesOf(last); at += 16) {
      const p = exp4(f32x4.sub(v128.load(scores + at), ownLse));
      const gain = f32x4.sub(v128.load(gains + at), ownDelta);
      v128.store(scores + at, f32x4.mul(p, f32x4.mul(gain, factor)));
    }
    fillRow(scores, last, lastColumn(PAST, groupEnd, columns, diagonal), 0);
    scores += blockBytes;
    gains += blockBytes;
    lse += headRow;
    delta += headRow;
  }
}
