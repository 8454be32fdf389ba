import type { GramMatrix } from './gram.ts';

/** Length of operand `i`. */
export function normOf(gram: GramMatrix, i: number): number {
  return Math.sqrt(gram.at(i, i));
}

/** ⟨x_i, x_j⟩ / d within −1…1, where the caller chooses how d avoids 0. */
export function cosineOf(gram: GramMatrix, i: number, j: number, divisor: number): number {
  return Math.min(1, Math.max(-1, gram.at(i, j) / divisor));
}

/** All i < j. */
export function pairsOf(count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => i).flatMap((i) =>
    Array.from({ length: count - i - 1 }, (_, step): [number, number] => [i, i + 1 + step]),
  );
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Length of Σ c_i x_i; rounding of the products can leave a tiny negative square. */
export function combinedNorm(gram: GramMatrix, c: readonly number[]): number {
  let square = 0;
  c.forEach((a, i) => {
    c.forEach((b, j) => {
      square += a * b * gram.at(i, j);
    });
  });
  return Math.sqrt(Math.max(0, square));
}
