import { bytesOf, shareStart } from './share';

/** `embedding`: shares of rows; ids outside of [first, first + count) are another call's. */
export function embedding(
  out: usize,
  table: usize,
  ids: usize,
  rows: i32,
  width: i32,
  first: i32,
  count: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    // Ids below `first` wrap around to beyond `count`.
    const place = load<u32>(ids + bytesOf(row)) - <u32>first;
    if (place >= <u32>count) continue;
    const source = table + <usize>place * bytes;
    const target = out + <usize>row * bytes;
    for (let c: usize = 0; c < bytes; c += 16) v128.store(target + c, v128.load(source + c));
  }
}

/** `add_embedding`: shares of rows. */
export function add_embedding(
  out: usize,
  x: usize,
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
    const base = <usize>row * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      v128.store(out + base + c, f32x4.add(v128.load(x + base + c), v128.load(source + c)));
    }
  }
}

/** Slot of a piece that is all of its token's positions. */
const WHOLE: i32 = -1;

/** `embedding_pieces`: shares of pieces; a piece's rows are summed in the order of positions. */
export function embedding_pieces(
  dtable: usize,
  sums: usize,
  dy: usize,
  ranges: usize,
  positions: usize,
  count: i32,
  width: i32,
  firstToken: i32,
  tokens: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const lastPiece = shareStart(count, part + 1, parts);
  for (let piece = shareStart(count, part, parts); piece < lastPiece; piece++) {
    const range = ranges + ((<usize>piece) << 4);
    const first = positions + bytesOf(load<i32>(range));
    const last = positions + bytesOf(load<i32>(range, 4));
    const row = load<u32>(range, 8) - <u32>firstToken;
    if (first === last || row >= <u32>tokens) continue;
    const slot = load<i32>(range, 12);
    const target =
      slot === WHOLE
        ? dtable + <usize>row * bytes
        : sums + <usize>slot * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      let sum = f32x4.splat(0);
      for (let at = first; at < last; at += 4) {
        sum = f32x4.add(sum, v128.load(dy + <usize>load<u32>(at) * bytes + c));
      }
      if (slot === WHOLE) sum = f32x4.add(v128.load(target + c), sum);
      v128.store(target + c, sum);
    }
  }
}

/** `embedding_merge`: shares of tokens whose positions were cut; sums in the order of pieces. */
export function embedding_merge(
  dtable: usize,
  sums: usize,
  dy: usize,
  ranges: usize,
  positions: usize,
  count: i32,
  width: i32,
  firstToken: i32,
  tokens: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const lastToken = shareStart(count, part + 1, parts);
  for (let index = shareStart(count, part, parts); index < lastToken; index++) {
    const range = ranges + ((<usize>index) << 4);
    const first = sums + <usize>load<i32>(range, 4) * bytes;
    const last = sums + <usize>load<i32>(range, 8) * bytes;
    const row = load<u32>(range) - <u32>firstToken;
    if (first === last || row >= <u32>tokens) continue;
    const target = dtable + <usize>row * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      let sum = f32x4.splat(0);
      for (let at = first; at < last; at += bytes) sum = f32x4.add(sum, v128.load(at + c));
      v128.store(target + c, f32x4.add(v128.load(target + c), sum));
    }
  }
}
