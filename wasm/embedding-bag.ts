import { bytesOf, shareStart } from './share';

/** `embedding_bag`: shares of rows; entries in order, ids of other ranges are another call's. */
export function embedding_bag(
  out: usize,
  table: usize,
  ids: usize,
  starts: usize,
  rows: i32,
  width: i32,
  first: i32,
  count: i32,
  adds: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const target = out + <usize>row * bytes;
    const begin = ids + bytesOf(load<i32>(starts + bytesOf(row)));
    const end = ids + bytesOf(load<i32>(starts + bytesOf(row + 1)));
    if (adds === 0) memory.fill(target, 0, bytes);
    for (let at = begin; at < end; at += 4) {
      // Ids below `first` wrap around to beyond `count`.
      const place = load<u32>(at) - <u32>first;
      if (place >= <u32>count) continue;
      const source = table + <usize>place * bytes;
      for (let c: usize = 0; c < bytes; c += 16) {
        v128.store(target + c, f32x4.add(v128.load(target + c), v128.load(source + c)));
      }
    }
  }
}
