import { describe, expect, it } from 'vitest';
import { softplus } from '../../src/core/softplus.ts';

/** ln(1 + e^z) of these doubles with 400 digits, rounded once. */
const EXACT: readonly (readonly [z: number, value: number])[] = [
  [0.0, 0.6931471805599453],
  [1.0, 1.3132616875182228],
  [-1.0, 0.3132616875182228],
  [0.5, 0.9740769841801067],
  [-0.5, 0.4740769841801067],
  [0.1, 0.7443966600735709],
  [-3.25, 0.038041371687783126],
  [7.75, 7.7504306497976385],
  [-20.125, 1.818961685898735e-9],
  [36.0, 36.0],
  [-36.0, 2.319522830243569e-16],
  [-100.0, 3.720075976020836e-44],
  [700.0, 700.0],
  [-700.0, 9.85967654375977e-305],
  [1e-9, 0.6931471810599453],
  [-0.6931471805599453, 0.4054651081081644],
  [0.0025, 0.6943979618097419],
  [-12.3, 4.551734103925838e-6],
];

/** Distance in units of the last place. */
function ulps(a: number, b: number): number {
  const bits = (value: number) => new BigInt64Array(Float64Array.of(value).buffer)[0] ?? 0n;
  return Math.abs(Number(bits(a) - bits(b)));
}

describe('softplus', () => {
  it.each(EXACT)('of %d is %d within 2 units of the last place', (z, value) => {
    expect(ulps(softplus(z), value)).toBeLessThanOrEqual(2);
  });

  it('is the engine’s own within a few units everywhere', () => {
    for (let z = -745; z < 745; z += 0.37) {
      const own = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
      if (z > -700) expect(ulps(softplus(z), own), String(z)).toBeLessThanOrEqual(4);
    }
  });

  it('has these bits on every engine', () => {
    let hash = 0;
    for (let z = -40; z < 40; z += 0.0625) {
      for (const word of new Uint32Array(Float64Array.of(softplus(z)).buffer)) {
        hash = (Math.imul(hash, 31) + word) | 0;
      }
    }
    expect(hash).toBe(-367491660);
  });

  it('keeps NaN, and has its limits', () => {
    expect(softplus(NaN)).toBeNaN();
    expect(softplus(Infinity)).toBe(Infinity);
    expect(softplus(-Infinity)).toBe(0);
    expect(softplus(-1e4)).toBe(0);
    expect(softplus(1e300)).toBe(1e300);
  });
});
