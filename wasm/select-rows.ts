import { bytesOf, shareStart } from './share';

/** Slot of a row that was left out: it has no gradient. */
const NOT_SELECTED: u32 = 0xffffffff;

/** `scatter_rows`: shares of rows. */
export function scatter_rows(
  dx: usize,
  dy: usize,
  slots: usize,
  rows: i32,
  width: i32,
  accumulate: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const slot = load<u32>(slots + bytesOf(row));
    const target = dx + <usize>row * bytes;
    const source = dy + <usize>slot * bytes;
    if (slot === NOT_SELECTED) {
      if (accumulate === 0) memory.fill(target, 0, bytes);
    } else if (accumulate === 0) {
      memory.copy(target, source, bytes);
    } else {
      for (let c: usize = 0; c < bytes; c += 16) {
        v128.store(target + c, f32x4.add(v128.load(target + c), v128.load(source + c)));
      }
    }
  }
}
