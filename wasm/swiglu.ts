import { exp4 } from './exp';
import { bytesOf, shareStart } from './share';
import { madd } from './simd';

// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** `swiglu`: shares of rows. */
export function swiglu(
  out: usize,
  gu: usize,
  _dout: usize,
  rows: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const gates = gu + <usize>row * 2 * bytes;
    const target = out + <usize>row * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      const g = v128.load(gates + c);
      const activated = f32x4.mul(g, sigmoid4(g));
      v128.store(target + c, f32x4.mul(activated, v128.load(gates + bytes + c)));
    }
  }
}

/** `swiglu_backward`: shares of rows. */
export function swiglu_backward(
  out: usize,
  gu: usize,
  dout: usize,
  rows: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const one = f32x4.splat(1);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const base = <usize>row * 2 * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      const at = base + c;
      const g = v128.load(gu + at);
      const u = v128.load(gu + at + bytes);
      const s = sigmoid4(g);
      const ds = f32x4.mul(v128.load(dout + <usize>row * bytes + c), s);
      const slope = madd(g, f32x4.sub(one, s), one);
      v128.store(out + at, f32x4.mul(f32x4.mul(ds, u), slope));
      v128.store(out + at + bytes, f32x4.mul(ds, g));
    }
  }
}
