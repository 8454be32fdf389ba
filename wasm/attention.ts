import {
  addWeighted,
  clearRow,
  COLUMNS,
  diagonalOf,
  fillRow,
  firstQuery,
  PAST,
  ROWS,
  scoreBlock,
} from './attention-blocks';
import { dropRows, enterSegment } from './attention-mask';
import {
  BLOCK,
  finishRows,
  joinRows,
  KEYS,
  OUTPUT,
  softmaxRows,
  VALUES,
} from './attention-softmax';
import { packPanels } from './pack';
import { scratch } from './scratch';
import { bytesOf } from './share';

/**
 * `attention`: grouped-query attention within segments; shares of (segment, kv head) pairs.
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
      enterSegment(row, head);
      attendSegment(
        atOut + bytesOf(head * width), outRow, atLse + bytesOf(head), lseRow,
        start + bytesOf(head * width), k, k + bytesOf(kvHeads * width), qkvRow,
        end - row, group, width, scale, causal,
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
  causal: i32,
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
      for (let query = firstQuery(key, causal); query < length; query += ROWS) {
        const count = min(ROWS, length - query);
        const diagonal = diagonalOf(query, key, causal);
        const a = q + offset + <usize>query * qkvRow;
        scoreBlock(
          PAST, block, count, columns, diagonal, a, qkvRow, edge + KEYS, width, scale, edge,
        );
        softmaxRows(block, count, columns, diagonal);
        dropRows(block, count, columns, query, head, key);
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
