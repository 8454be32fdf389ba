import { describe, expect, it } from 'vitest';
import { seedInterval } from '../../../src/lab/results/seed-interval.ts';

describe('interval over seeds', () => {
  it('is Student’s t: two seeds are worth little, many the normal’s 1.96', () => {
    const two = seedInterval([10, 12]);
    expect(two.mean).toBe(11);
    expect(two.halfWidth).toBeCloseTo(12.706, 3); // s = √2, s / √2 = 1
    const many = seedInterval(Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 1 : -1)));
    expect(many.halfWidth).toBeCloseTo((2.04 * Math.sqrt(32 / 31)) / Math.sqrt(32), 6);
  });

  it('holds nothing for one seed', () => {
    expect(() => seedInterval([1])).toThrow(/No interval over 1 seeds/);
  });
});
