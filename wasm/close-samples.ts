import { bytesOf, shareStart } from './share';

/** `close_samples`: shares of rows. */
export function close_samples(
  counts: usize,
  similar: usize,
  targets: usize,
  rows: i32,
  samples: i32,
  threshold: f32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(samples);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    let count: i32 = 0;
    if (load<i32>(targets + bytesOf(row)) >= 0) {
      const base = similar + <usize>row * bytes;
      for (let c: usize = 0; c < bytes; c += 4) count += i32(load<f32>(base + c) > threshold);
    }
    store<f32>(counts + bytesOf(row), <f32>count);
  }
}

/** `close_share`: one sum in order, by the first thread. */
export function close_share(
  share: usize,
  ring: usize,
  counts: usize,
  hyper: usize,
  rows: i32,
  samples: i32,
  part: i32,
  _parts: i32,
): void {
  if (part !== 0) return;
  let sum: f32 = 0;
  for (let row = 0; row < rows; row++) sum += load<f32>(counts + bytesOf(row));
  const value = (sum * load<f32>(hyper)) / <f32>samples;
  store<f32>(share, value);
  store<f32>(ring + bytesOf(<i32>load<f32>(hyper + bytesOf(8))), value);
}

/** `mask_by_item`: shares of rows. */
export function mask_by_item(
  similar: usize,
  share: usize,
  items: usize,
  rows: i32,
  samples: i32,
  bound: f32,
  part: i32,
  parts: i32,
): void {
  if (!(load<f32>(share) > bound)) return;
  const bytes = bytesOf(samples);
  const drawn = items + bytesOf(rows);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const own = load<u32>(items + bytesOf(row));
    const base = similar + <usize>row * bytes;
    for (let c: usize = 0; c < bytes; c += 4) {
      store<f32>(base + c, load<u32>(drawn + c) === own ? 2 : -2);
    }
  }
}
