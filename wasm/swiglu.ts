import { exp4 } from './exp';
import { bytesOf, shareStart } from './share';
import { madd } from './simd';

// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/**
 * hidden = silu(g) u for `rows` x `columns`, columns divisible by 4. `hidden` and `gates` are where
 * the first ones lie; rows are `width` and 2 `width` floats long, u lies `width` floats after g.
 */
export function activate(hidden: usize, gates: usize, rows: i32, columns: i32, width: i32): void {
  const bytes = bytesOf(columns);
  const toUp = bytesOf(width);
  for (let row = 0; row < rows; row++) {
    for (let c: usize = 0; c < bytes; c += 16) {
      const g = v128.load(gates + c);
      const activated = f32x4.mul(g, sigmoid4(g));
      v128.store(hidden + c, f32x4.mul(activated, v128.load(gates + toUp + c)));
    }
    hidden += toUp;
    gates += 2 * toUp;
  }
}

/**
 * The gradients of g and u into `out`, laid out as `gates`, from that of hidden, whose rows are
 * `dRow` bytes long and which may lie where those of g go.
 */
export function activateBackward(
  out: usize,
  gates: usize,
  d: usize,
  dRow: usize,
  rows: i32,
  columns: i32,
  width: i32,
): void {
  const bytes = bytesOf(columns);
  const toUp = bytesOf(width);
  const one = f32x4.splat(1);
  for (let row = 0; row < rows; row++) {
    for (let c: usize = 0; c < bytes; c += 16) {
      const g = v128.load(gates + c);
      const u = v128.load(gates + toUp + c);
      const s = sigmoid4(g);
      const ds = f32x4.mul(v128.load(d + c), s);
      const slope = madd(g, f32x4.sub(one, s), one);
      v128.store(out + c, f32x4.mul(f32x4.mul(ds, u), slope));
      v128.store(out + toUp + c, f32x4.mul(ds, g));
    }
    out += 2 * toUp;
    gates += 2 * toUp;
    d += dRow;
  }
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
  const first = shareStart(rows, part, parts);
  const count = shareStart(rows, part + 1, parts) - first;
  activate(out + <usize>first * bytes, gu + <usize>first * 2 * bytes, count, width, width);
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
  const first = shareStart(rows, part, parts);
  const count = shareStart(rows, part + 1, parts) - first;
  const at = <usize>first * 2 * bytes;
  activateBackward(
    out + at, gu + at, dout + <usize>first * bytes, bytes, count, width, width,
  );
}
