/**
 * How the distances of an item from all titles drawn for a user become one number, the smallest
 * best. BIGRec takes the nearest title; what it was drawn how often does not count, and items whose
 * titles were all drawn tie at 0. A density counts every draw:
 *   −log(c · Σ_k e^(−d_k / h)),
 * which is Bayes' rule: what the model draws is the likelihood, the coefficient the prior.
 */
export interface DrawRule {
  /** h of the density; null: the nearest title, its distance divided by the coefficient. */
  readonly bandwidth: number | null;
}

/**
 * @param distances squared, of each draw; rounding may leave one just below 0
 * @param coefficient null: distances alone; 0: never recommended
 */
export function combinedDistance(
  distances: Float64Array,
  coefficient: number | null,
  { bandwidth }: DrawRule,
): number {
  if (coefficient === 0) return Infinity;
  let nearest = Infinity;
  for (const distance of distances) {
    // A distance that is no number must not be passed over.
    if (!(distance >= nearest)) nearest = distance;
  }
  if (bandwidth === null) {
    return coefficient === null ? nearest : Math.max(0, nearest) / coefficient;
  }
  const least = Math.max(0, nearest);
  let sum = 0;
  for (const distance of distances) {
    sum += Math.exp((least - Math.max(0, distance)) / bandwidth);
  }
  return least / bandwidth - Math.log(sum * (coefficient ?? 1));
}
