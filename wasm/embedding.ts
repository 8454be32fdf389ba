import { bytesOf, shareStart } from './share';

/** `embedding`: shares of rows. */
export function embedding(
  out: usize,
  table: usize,
  ids: usize,
  rows: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const source = table + <usize>load<u32>(ids + bytesOf(row)) * bytes;
    const target = out + <usize>row * bytes;
    for (let c: usize = 0; c < bytes; c += 16) v128.store(target + c, v128.load(source + c));
  }
}

/** `embedding_backward`: shares of tokens; a token's rows are summed in the order of positions. */
export function embedding_backward(
  dtable: usize,
  dy: usize,
  starts: usize,
  positions: usize,
  vocabulary: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const lastToken = shareStart(vocabulary, part + 1, parts);
  for (let token = shareStart(vocabulary, part, parts); token < lastToken; token++) {
    const first = positions + bytesOf(load<u32>(starts + bytesOf(token)));
    const last = positions + bytesOf(load<u32>(starts + bytesOf(token + 1)));
    if (first === last) continue;
    const target = dtable + <usize>token * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      let sum = f32x4.splat(0);
      for (let at = first; at < last; at += 4) {
        sum = f32x4.add(sum, v128.load(dy + <usize>load<u32>(at) * bytes + c));
      }
      v128.store(target + c, f32x4.add(v128.load(target + c), sum));
    }
  }
}
