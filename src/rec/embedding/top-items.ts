import { AppError } from '../../core/errors.ts';

/**
 * The best items by score, best first, equal scores in item order.
 * @errors non-finite for a score that is not a number
 */
export function topItems(
  scores: Float32Array,
  length: number,
  masked: ReadonlySet<number>,
): number[] {
  const best: { item: number; score: number }[] = [];
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item] ?? NaN;
    if (Number.isNaN(score)) {
      throw new AppError('non-finite', `The score of item ${String(item)} is not a number.`, {
        hint: 'The weights are damaged: train the cell again.',
      });
    }
    const isFull = best.length === length;
    if (isFull && !(score > (best[length - 1]?.score ?? Infinity))) continue;
    if (masked.has(item)) continue;
    let at = best.length;
    while (at > 0 && score > (best[at - 1]?.score ?? Infinity)) at -= 1;
    best.splice(at, 0, { item, score });
    if (best.length > length) best.pop();
  }
  return best.map(({ item }) => item);
}

/** Rows of length 1; rows of zeros stay zeros. f32[N, width] -> f32[N, width] */
export function unitRows(rows: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const units = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    const row = rows.subarray(start, start + width);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    if (length > 0)
      units.set(
        row.map((x) => x / length),
        start,
      );
    // Not a number stays visible.
    else if (Number.isNaN(length)) units.fill(NaN, start, start + width);
  }
  return units;
}
