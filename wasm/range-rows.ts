/**
 * Adds a block to the sums of the columns of a matrix, in float64 and in the order of the rows.
 * `within` is the place of the block's first element in its section, which begins with a row.
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
