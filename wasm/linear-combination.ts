import { shareStart } from './share';
import { madd } from './simd';

/** `linear_combination`: shares of vectors. Terms are added in order, what they start from last. */
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
  const first = <usize>shareStart(quads, part, parts) << 4;
  const end = <usize>shareStart(quads, part + 1, parts) << 4;
  const nothing = f32x4.splat(0);
  for (let at = first; at < end; at += 16) {
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
