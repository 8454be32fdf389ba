import { addWeighted, blockRow, clearRow, COLUMNS, dotRows, PAST, ROWS, scoreBlock } from './attention-blocks';
import {
  AFTER_VALUES,
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
import { madd } from './simd';

/** Log-sum-exps of the rows at hand. */
const LSE: usize = AFTER_VALUES;

/**
 * `decode_attention`: the newest token of every beam against its own tokens and its user's prompt,
 * whose keys are packed once for all beams of the user. Shares of (user, kv head) pairs.
 */
export function decode_attention(
  out: usize,
  prompt: usize,
  beamKv: usize,
  state: usize,
  lengths: usize,
  beams: i32,
  beamsPerUser: i32,
  length: i32,
  step: i32,
  heads: i32,
  kvHeads: i32,
  stateStride: i32,
  scale: f32,
  D4: i32,
  part: i32,
  parts: i32,
): void {
  const width = D4 * 4;
  const group = heads / kvHeads;
  const kvRow = bytesOf((heads + 2 * kvHeads) * width);
  const outRow = bytesOf(heads * width);
  const toValues = bytesOf(kvHeads * width);
  const edge = scratch();
  let unit = 0;
  for (let user = 0; user * beamsPerUser < beams; user++) {
    const end = min(beams, (user + 1) * beamsPerUser);
    const keys = load<i32>(lengths + bytesOf(user));
    const rows = prompt + <usize>user * <usize>length * kvRow;
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      if (unit++ % parts != part) continue;
      const atKey = bytesOf((heads + kvHead) * width);
      const isOneBlock = keys <= COLUMNS;
      if (isOneBlock) packKeys(rows + atKey, toValues, kvRow, keys, width);
      for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
        const atHead = bytesOf(head * width);
        for (let beam = user * beamsPerUser; beam < end; beam += ROWS) {
          const count = min(ROWS, end - beam);
          const queries = beamKv + <usize>(step * beams + beam) * kvRow + atHead;
          const into = out + <usize>beam * outRow + atHead;
          attendOwn(
            into, outRow, queries, kvRow, beamKv + atKey, toValues,
            state + bytesOf(beam * stateStride), stateStride, count, beams, step, width, scale,
          );
          for (let key = 0; key < keys; key += COLUMNS) {
            const columns = min(COLUMNS, keys - key);
            if (!isOneBlock) {
              packKeys(rows + atKey + <usize>key * kvRow, toValues, kvRow, columns, width);
            }
            scoreBlock(
              PAST, edge + BLOCK, count, columns, columns,
              queries, kvRow, edge + KEYS, width, scale, edge,
            );
            softmaxRows(edge + BLOCK, count, columns, columns);
            addWeighted(
              PAST, edge + OUTPUT, bytesOf(width), width, edge + BLOCK, count, columns, columns,
              edge + VALUES, 0, edge,
            );
            joinRows(into, outRow, edge + LSE, 4, edge + OUTPUT, count, width, columns);
          }
        }
      }
    }
  }
}

function packKeys(k: usize, toValues: usize, kvRow: usize, count: i32, width: i32): void {
  packPanels(scratch() + KEYS, k, 4, kvRow, width, count);
  packPanels(scratch() + VALUES, k + toValues, kvRow, 4, count, width);
}

/** Every beam against its own tokens, which its state finds by row: sets out and LSE. */
function attendOwn(
  out: usize,
  outRow: usize,
  queries: usize,
  kvRow: usize,
  k: usize,
  toValues: usize,
  state: usize,
  stateStride: i32,
  rows: i32,
  beams: i32,
  step: i32,
  width: i32,
  scale: f32,
): void {
  const block = scratch() + BLOCK;
  const blockBytes = blockRow(step + 1);
  for (let row = 0; row < rows; row++) {
    for (let s = 0; s <= step; s++) {
      const score = dotRows(queries + <usize>row * kvRow, ownRow(k, kvRow, state + bytesOf(row * stateStride), s, beams), width);
      store<f32>(block + <usize>row * blockBytes + bytesOf(s), score * scale);
    }
  }
  softmaxRows(block, rows, step + 1, step + 1);
  for (let row = 0; row < rows; row++) {
    const into = out + <usize>row * outRow;
    clearRow(into, width);
    for (let s = 0; s <= step; s++) {
      const p = v128.load32_splat(block + <usize>row * blockBytes + bytesOf(s));
      const value = ownRow(k, kvRow, state + bytesOf(row * stateStride), s, beams) + toValues;
      for (let at: usize = 0; at < bytesOf(width); at += 16) {
        v128.store(into + at, madd(p, v128.load(value + at), v128.load(into + at)));
      }
    }
  }
  finishRows(out, outRow, scratch() + LSE, 4, rows, width);
}

/** Key of the token that a beam took at a step. */
// @ts-ignore: decorator
@inline
function ownRow(k: usize, kvRow: usize, state: usize, step: i32, beams: i32): usize {
  const token = load<i32>(state + bytesOf(1 + step));
  return k + <usize>(step * beams + token) * kvRow;
}
