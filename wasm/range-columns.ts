/*
 * Columns of a matrix, the vectors along its first axis. `within` is the place of the block's first
 * element in its section, which begins with a row of `width` elements.
 */

/**
 * Adds a block to the sums of the columns, in float64 and in the order of the rows.
 */
export function range_column_sums(
  sums: usize,
  block: usize,
  count: i32,
  within: i32,
  width: i32,
): void {
  const end = block + (<usize>count << 2);
  const last = sums + (<usize>width << 3);
  let sum = sums + (<usize>(within % width) << 3);
  while (block < end) {
    store<f64>(sum, load<f64>(sum) + <f64>load<f32>(block));
    block += 4;
    sum += 8;
    if (sum === last) sum = sums;
  }
}

/** Adds (a - o)(b - o), or a b where `relative` is 0, to one f64 number a column. */
export function range_gram_columns(
  sums: usize,
  a: usize,
  b: usize,
  origin: usize,
  relative: i32,
  count: i32,
  within: i32,
  width: i32,
): void {
  const end = a + (<usize>count << 2);
  const last = sums + (<usize>width << 3);
  let sum = sums + (<usize>(within % width) << 3);
  while (a < end) {
    const zero = relative === 0 ? 0 : <f64>load<f32>(origin);
    const product = (<f64>load<f32>(a) - zero) * (<f64>load<f32>(b) - zero);
    store<f64>(sum, load<f64>(sum) + product);
    a += 4;
    b += 4;
    origin += 4;
    sum += 8;
    if (sum === last) sum = sums;
  }
}

/**
 * target = start + c (x - o) with a coefficient a column, o being 0 where `relative` is 0; start is
 * nothing (0), the target (1) or the target and o (2). Float64 within, rounded once.
 */
export function range_add_columns(
  target: usize,
  x: usize,
  origin: usize,
  coefficients: usize,
  relative: i32,
  start: i32,
  count: i32,
  within: i32,
  width: i32,
): void {
  const end = target + (<usize>count << 2);
  const last = coefficients + (<usize>width << 3);
  let at = coefficients + (<usize>(within % width) << 3);
  while (target < end) {
    const zero = relative === 0 ? 0 : <f64>load<f32>(origin);
    let sum = load<f64>(at) * (<f64>load<f32>(x) - zero);
    if (start !== 0) sum += <f64>load<f32>(target);
    if (start === 2) sum += zero;
    store<f32>(target, <f32>sum);
    target += 4;
    x += 4;
    origin += 4;
    at += 8;
    if (at === last) at = coefficients;
  }
}
