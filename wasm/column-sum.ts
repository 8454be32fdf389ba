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
  const stride = bytesOf(width);
  const end = partial + <usize>rows * stride;
  const last = shareStart(width, part + 1, parts);
  let column = shareStart(width, part, parts);
  for (; column + 4 <= last; column += 4) {
    let sum = f32x4.splat(0);
    for (let at = partial + bytesOf(column); at < end; at += stride) {
      sum = f32x4.add(sum, v128.load(at));
    }
    const target = out + bytesOf(column);
    v128.store(target, f32x4.add(v128.load(target), sum));
  }
  for (; column < last; column++) {
    let sum: f32 = 0;
    for (let at = partial + bytesOf(column); at < end; at += stride) sum += load<f32>(at);
    const target = out + bytesOf(column);
    store<f32>(target, load<f32>(target) + sum);
  }
}
