import { bytesOf, shareStart } from './share';

/** `gather_backward`: shares of rows; each sums the places where it was taken, in their order. */
export function gather_backward(
  dx: usize,
  dy: usize,
  starts: usize,
  positions: usize,
  rows: i32,
  width: i32,
  accumulate: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const target = dx + <usize>row * bytes;
    const first = positions + bytesOf(load<i32>(starts + bytesOf(row)));
    const end = positions + bytesOf(load<i32>(starts + bytesOf(row + 1)));
    if (accumulate === 0) memory.fill(target, 0, bytes);
    for (let at = first; at < end; at += 4) {
      const source = dy + <usize>load<u32>(at) * bytes;
      for (let c: usize = 0; c < bytes; c += 16) {
        v128.store(target + c, f32x4.add(v128.load(target + c), v128.load(source + c)));
      }
    }
  }
}
