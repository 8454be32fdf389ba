/** Products of pairs of operands, each with itself, too. */
export function pairCount(size: number): number {
  return (size * (size + 1)) / 2;
}

/** Place of the pair i <= j among all, row by row. */
export function pairAt(size: number, i: number, j: number): number {
  return i * size - (i * (i - 1)) / 2 + (j - i);
}
