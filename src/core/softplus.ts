/*
 * Math.exp and Math.log1p differ in the last place from one JavaScript engine to another. Metrics
 * must not: what follows uses only operations that IEEE 754 defines to the bit.
 */

/** ln 2 in two parts; the products of the first with small integers are exact. */
const LN2_HIGH = 0x162e42fef / 0x200000000;
const LN2_LOW = 7.440617110012397e-11;

/** ln(1 + e^z), the same bits on every engine; within 2 units of the last place. */
export function softplus(z: number): number {
  if (Number.isNaN(z)) return NaN;
  return Math.max(z, 0) + log1pOfShare(expOfNegative(-Math.abs(z)));
}

/** e^x for x ≤ 0; what is below the normal numbers counts as 0. */
function expOfNegative(x: number): number {
  const halvings = Math.round(-x / Math.LN2);
  if (halvings > 1020) return 0;
  // |rest| ≤ ln 2 / 2: twenty terms leave less than a unit of the last place.
  const rest = x + halvings * LN2_HIGH + halvings * LN2_LOW;
  let sum = 1;
  for (let n = 20; n > 0; n--) sum = 1 + (rest / n) * sum;
  for (let n = 0; n < halvings; n++) sum *= 0.5;
  return sum;
}

/** ln(1 + y) for 0 ≤ y ≤ 1, as 2 · artanh(y / (2 + y)). */
function log1pOfShare(y: number): number {
  const s = y / (2 + y);
  const square = s * s;
  let sum = 0;
  for (let n = 41; n > 0; n -= 2) sum = sum * square + 1 / n;
  return 2 * s * sum;
}
