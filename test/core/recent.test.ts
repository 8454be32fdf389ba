import { describe, expect, it } from 'vitest';
import { Recent } from '../../src/core/recent.ts';

/** A maker that counts its calls; each call gives another number. */
function counting() {
  let calls = 0;
  return { make: () => Promise.resolve(++calls), calls: () => calls };
}

describe('Recent', () => {
  it('computes a key once, also for those who ask before it is done', async () => {
    const { make, calls } = counting();
    const recent = new Recent<number>(2);
    const both = await Promise.all([recent.get('a', make), recent.get('a', make)]);
    expect(both).toEqual([1, 1]);
    expect(await recent.get('a', make)).toBe(1);
    expect(calls()).toBe(1);
  });

  it('forgets the key that was not asked for longest', async () => {
    const { make } = counting();
    const recent = new Recent<number>(2);
    expect(await recent.get('a', make)).toBe(1);
    expect(await recent.get('b', make)).toBe(2);
    expect(await recent.get('a', make)).toBe(1);
    expect(await recent.get('c', make)).toBe(3);
    expect(await recent.get('a', make)).toBe(1);
    expect(await recent.get('b', make)).toBe(4);
  });

  it('does not keep a failure', async () => {
    const { make } = counting();
    const recent = new Recent<number>(2);
    await expect(recent.get('a', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect(await recent.get('a', make)).toBe(1);
  });
});
