import { shareStart } from './share';
import { madd } from './simd';

/**
 * `linear_combination`: shares of vectors. Terms are added in order, what they start from last. Four
 * vectors at a time, because what is asked for every vector would take longer than the sum.
 */
export function linear_combination(
  target: usize,
  origin: usize,
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  quads: i32,
  terms: i32,
  start: i32,
  relative: i32,
  c0: f32,
  c1: f32,
  c2: f32,
  c3: f32,
  part: i32,
  parts: i32,
): void {
  let at = <usize>shareStart(quads, part, parts) << 4;
  const end = <usize>shareStart(quads, part + 1, parts) << 4;
  for (; at + 64 <= end; at += 64) {
    let o0 = f32x4.splat(0);
    let o1 = o0;
    let o2 = o0;
    let o3 = o0;
    if (relative === 1) {
      o0 = v128.load(origin + at);
      o1 = v128.load(origin + at, 16);
      o2 = v128.load(origin + at, 32);
      o3 = v128.load(origin + at, 48);
    }
    let c = f32x4.splat(c0);
    let s0 = f32x4.mul(c, f32x4.sub(v128.load(x0 + at), o0));
    let s1 = f32x4.mul(c, f32x4.sub(v128.load(x0 + at, 16), o1));
    let s2 = f32x4.mul(c, f32x4.sub(v128.load(x0 + at, 32), o2));
    let s3 = f32x4.mul(c, f32x4.sub(v128.load(x0 + at, 48), o3));
    for (let k = 1; k < terms; k++) {
      const x = at + (k === 1 ? x1 : k === 2 ? x2 : x3);
      c = f32x4.splat(k === 1 ? c1 : k === 2 ? c2 : c3);
      s0 = madd(c, f32x4.sub(v128.load(x), o0), s0);
      s1 = madd(c, f32x4.sub(v128.load(x, 16), o1), s1);
      s2 = madd(c, f32x4.sub(v128.load(x, 32), o2), s2);
      s3 = madd(c, f32x4.sub(v128.load(x, 48), o3), s3);
    }
    if (start !== 0) {
      const from = at + (start === 1 ? target : origin);
      s0 = f32x4.add(s0, v128.load(from));
      s1 = f32x4.add(s1, v128.load(from, 16));
      s2 = f32x4.add(s2, v128.load(from, 32));
      s3 = f32x4.add(s3, v128.load(from, 48));
    }
    v128.store(target + at, s0);
    v128.store(target + at, s1, 16);
    v128.store(target + at, s2, 32);
    v128.store(target + at, s3, 48);
  }
  const nothing = f32x4.splat(0);
  for (; at < end; at += 16) {
    const zero = v128.load(origin + at);
    const shift = relative === 1 ? zero : nothing;
    let sum = f32x4.mul(f32x4.splat(c0), f32x4.sub(v128.load(x0 + at), shift));
    if (terms > 1) sum = madd(f32x4.splat(c1), f32x4.sub(v128.load(x1 + at), shift), sum);
    if (terms > 2) sum = madd(f32x4.splat(c2), f32x4.sub(v128.load(x2 + at), shift), sum);
    if (terms > 3) sum = madd(f32x4.splat(c3), f32x4.sub(v128.load(x3 + at), shift), sum);
    if (start === 1) sum = f32x4.add(sum, v128.load(target + at));
    if (start === 2) sum = f32x4.add(sum, zero);
    v128.store(target + at, sum);
  }
}
