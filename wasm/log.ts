/**
 * ln x of one positive number, through float64: x = 2^n m with m next to 1, and
 * ln m = 2 artanh(s), s = (m - 1) / (m + 1), by its series. NaN and infinity give themselves.
 * @numeric |y - f64| <= 6e-8 |y| + 1e-10 for normal x
 */
export function log1(x: f32): f32 {
  if (!(x < Infinity)) return x;
  const bits = reinterpret<u64>(<f64>x);
  // Moves the range of m from [1, 2) to [sqrt 0.5, sqrt 2): s stays below 0.172.
  const shifted = bits + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
  const n = <f64>(<i64>(shifted >> 52) - 1023);
  const m = reinterpret<f64>((shifted & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
  const s = (m - 1) / (m + 1);
  const t = s * s;
  let series: f64 = 1.0 / 11;
  series = series * t + 1.0 / 9;
  series = series * t + 1.0 / 7;
  series = series * t + 1.0 / 5;
  series = series * t + 1.0 / 3;
  series = series * t + 1;
  return <f32>(n * 0.6931471805599453 + 2 * s * series);
}
