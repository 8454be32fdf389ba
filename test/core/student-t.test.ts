import { describe, expect, it } from 'vitest';
import { studentT975 } from '../../src/core/student-t.ts';

describe('Student’s t', () => {
  it.each([
    [1, 12.706],
    [2, 4.303],
    [10, 2.228],
    [31, 2.04],
    [32, 2.0369],
    [40, 2.0211],
    [60, 2.0003],
    [120, 1.9799],
  ])('has its 97.5 percent point for %i degrees of freedom at %f', (degrees, value) => {
    expect(Math.abs((studentT975(degrees) ?? NaN) - value)).toBeLessThan(5.1e-5);
  });

  it('has none without a degree of freedom', () => {
    expect([studentT975(0), studentT975(-1)]).toEqual([undefined, undefined]);
  });
});
