import { inverseRoot } from './rmsnorm';
import { bytesOf, shareStart } from './share';
import { madd, sum4 } from './simd';

/** a * cos - b * sin. */
// @ts-ignore: decorator
@inline
function turnedFirst(a: v128, b: v128, cosine: v128, sine: v128): v128 {
  return madd(a, cosine, f32x4.neg(f32x4.mul(b, sine)));
}

/** b * cos + a * sin. */
// @ts-ignore: decorator
@inline
function turnedSecond(a: v128, b: v128, cosine: v128, sine: v128): v128 {
  return madd(b, cosine, f32x4.mul(a, sine));
}

// @ts-ignore: decorator
@inline
function copyVectors(target: usize, source: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(target + at, v128.load(source + at));
}

/** `rotary`: shares of rows. A row is [H q heads | K k heads | K v heads]; v is copied. */
export function rotary(
  out: usize,
  inverse: usize,
  qkv: usize,
  w: usize,
  table: usize,
  positions: usize,
  rows: i32,
  heads: i32,
  kvHeads: i32,
  headWidth: i32,
  hasNorm: i32,
  firstRow: i32,
  eps: f32,
  part: i32,
  parts: i32,
): void {
  const allHeads = heads + 2 * kvHeads;
  const turnedHeads = heads + kvHeads;
  const head4 = bytesOf(headWidth);
  const half = head4 >> 1;
  const rowBytes = <usize>allHeads * head4;
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const cosines = table + <usize>load<u32>(positions + bytesOf(row)) * head4;
    let source = qkv + <usize>row * rowBytes;
    let target = out + <usize>(firstRow + row) * rowBytes;
    for (let head = 0; head < turnedHeads; head++) {
      const weights = head < heads ? w : w + head4;
      let factor = f32x4.splat(1);
      if (hasNorm !== 0) {
        const r = inverseRoot(source, headWidth, eps);
        store<f32>(inverse + bytesOf(row * turnedHeads + head), r);
        factor = f32x4.splat(r);
      }
      for (let d: usize = 0; d < half; d += 16) {
        let a = v128.load(source + d);
        let b = v128.load(source + half + d);
        if (hasNorm !== 0) {
          a = f32x4.mul(f32x4.mul(a, factor), v128.load(weights + d));
          b = f32x4.mul(f32x4.mul(b, factor), v128.load(weights + half + d));
        }
        const cosine = v128.load(cosines + d);
        const sine = v128.load(cosines + half + d);
        v128.store(target + d, turnedFirst(a, b, cosine, sine));
        v128.store(target + half + d, turnedSecond(a, b, cosine, sine));
      }
      source += head4;
      target += head4;
    }
    copyVectors(target, source, <usize>kvHeads * head4);
  }
}

/** `rotary_backward`: shares of rows; turns by the negative angle, then the norm's gradient. */
export function rotary_backward(
  out: usize,
  dy: usize,
  inverse: usize,
  qkv: usize,
  w: usize,
  table: usize,
  positions: usize,
  rows: i32,
  heads: i32,
  kvHeads: i32,
  headWidth: i32,
  hasNorm: i32,
  _chunk: i32,
  part: i32,
  parts: i32,
): void {
  const allHeads = heads + 2 * kvHeads;
  const turnedHeads = heads + kvHeads;
  const head4 = bytesOf(headWidth);
  const half = head4 >> 1;
  const rowBytes = <usize>allHeads * head4;
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const cosines = table + <usize>load<u32>(positions + bytesOf(row)) * head4;
    let at = <usize>row * rowBytes;
    for (let head = 0; head < turnedHeads; head++) {
      const weights = head < heads ? w : w + head4;
      let products = f32x4.splat(0);
      for (let d = at; d < at + half; d += 16) {
        const cosine = v128.load(cosines + d - at);
        const sine = v128.load(cosines + half + d - at);
        const da = v128.load(dy + d);
        const db = v128.load(dy + half + d);
        // The transposed rotation: the sine changes its sign.
        let ga = turnedSecond(db, da, cosine, sine);
        let gb = turnedFirst(db, da, cosine, sine);
        if (hasNorm !== 0) {
          ga = f32x4.mul(ga, v128.load(weights + d - at));
          gb = f32x4.mul(gb, v128.load(weights + half + d - at));
          products = madd(ga, v128.load(qkv + d), products);
          products = madd(gb, v128.load(qkv + half + d), products);
        }
        v128.store(out + d, ga);
        v128.store(out + half + d, gb);
      }
      if (hasNorm !== 0) {
        const r = load<f32>(inverse + bytesOf(row * turnedHeads + head));
        const factor = f32x4.splat(r);
        const shift = f32x4.splat((-sum4(products) * r * r * r) / <f32>headWidth);
        for (let d = at; d < at + head4; d += 16) {
          const moved = f32x4.mul(v128.load(qkv + d), shift);
          v128.store(out + d, madd(v128.load(out + d), factor, moved));
        }
      }
      at += head4;
    }
    copyVectors(out + at, dy + at, <usize>kvHeads * head4);
  }
}

/** `rotary_weight_partial`: shares of chunks; partial[chunk] = [dq weights D | dk weights D]. */
export function rotary_weight_partial(
  out: usize,
  dy: usize,
  inverse: usize,
  qkv: usize,
  _w: usize,
  table: usize,
  positions: usize,
  rows: i32,
  heads: i32,
  kvHeads: i32,
  headWidth: i32,
  _hasNorm: i32,
  chunk: i32,
  part: i32,
  parts: i32,
): void {
  const allHeads = heads + 2 * kvHeads;
  const turnedHeads = heads + kvHeads;
  const head4 = bytesOf(headWidth);
  const half = head4 >> 1;
  const chunks = (rows + chunk - 1) / chunk;
  const last = shareStart(chunks, part + 1, parts);
  for (let index = shareStart(chunks, part, parts); index < last; index++) {
    const firstRow = index * chunk;
    const lastRow = min(firstRow + chunk, rows);
    for (let kind = 0; kind < 2; kind++) {
      const firstHead = kind === 0 ? 0 : heads;
      const lastHead = kind === 0 ? heads : turnedHeads;
      const target = out + <usize>(2 * index + kind) * head4;
      for (let d: usize = 0; d < half; d += 16) {
        let sumA = f32x4.splat(0);
        let sumB = f32x4.splat(0);
        for (let row = firstRow; row < lastRow; row++) {
          const cosines = table + <usize>load<u32>(positions + bytesOf(row)) * head4 + d;
          const cosine = v128.load(cosines);
          const sine = v128.load(cosines + half);
          for (let head = firstHead; head < lastHead; head++) {
            const at = <usize>(row * allHeads + head) * head4 + d;
            const r = v128.load32_splat(inverse + bytesOf(row * turnedHeads + head));
            const da = v128.load(dy + at);
            const db = v128.load(dy + half + at);
            const ga = f32x4.mul(turnedSecond(db, da, cosine, sine), v128.load(qkv + at));
            const gb = f32x4.mul(turnedFirst(db, da, cosine, sine), v128.load(qkv + half + at));
            sumA = madd(ga, r, sumA);
            sumB = madd(gb, r, sumB);
          }
        }
        v128.store(target + d, sumA);
        v128.store(target + half + d, sumB);
      }
    }
  }
}
