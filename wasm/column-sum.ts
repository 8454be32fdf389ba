import { bytesOf, shareStart } from './share';

/** `column_sum`: shares of columns; each is summed over the rows in order. */
export function column_sum(
  out: usize,
  partial: usize,
  rows: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const first = shareStart(width, part, parts);
  const columns = shareStart(width, part + 1, parts) - first;
  addColumns(out + bytesOf(first), partial + bytesOf(first), columns, rows, bytesOf(width));
}

/**
 * `column_sums`: shares of blocks; a line of `blocks` is (first element of up to 64 columns in
 * `partial`, the same in `out`, columns left in the matrix, its width).
 */
export function column_sums(
  out: usize,
  partial: usize,
  blocks: usize,
  rows: i32,
  count: i32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(count, part + 1, parts);
  for (let index = shareStart(count, part, parts); index < last; index++) {
    const block = blocks + (<usize>index << 4);
    const from = partial + bytesOf(load<i32>(block));
    const to = out + bytesOf(load<i32>(block, 4));
    const columns = min(64, load<i32>(block, 8));
    addColumns(to, from, columns, rows, bytesOf(load<i32>(block, 12)));
  }
}

/** Adds the sums over `rows` rows of `columns` columns; `stride` is in bytes. */
function addColumns(to: usize, from: usize, columns: i32, rows: i32, stride: usize): void {
  const height = <usize>rows * stride;
  let column = 0;
  for (; column + 4 <= columns; column += 4) {
    let sum = f32x4.splat(0);
    const end = from + height;
    for (let at = from; at < end; at += stride) sum = f32x4.add(sum, v128.load(at));
    v128.store(to, f32x4.add(v128.load(to), sum));
    from += 16;
    to += 16;
  }
  for (; column < columns; column++) {
    let sum: f32 = 0;
    const end = from + height;
    for (let at = from; at < end; at += stride) sum += load<f32>(at);
    store<f32>(to, load<f32>(to) + sum);
    from += 4;
    to += 4;
  }
}
