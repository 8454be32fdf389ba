import { describe, expect, it } from 'vitest';
import { memoryOf, suggestedMemory } from '../../../src/ui/session/merge-memory.ts';

describe('memory of a merge of files in the page', () => {
  it.each([
    [8, 2 * 2 ** 30],
    [32, 8 * 2 ** 30],
    [0.5, 2 ** 27],
  ])('is a quarter of what the browser tells: %s GiB', (deviceMemory, bytes) => {
    const { bytes: found, why } = suggestedMemory({ deviceMemory });
    expect(found).toBe(bytes);
    expect(why).toMatch(/^A quarter of the .* that this browser tells of/);
  });

  it.each([undefined, 0, Number.NaN, 'a lot'])('is 2 GiB where it tells nothing: %s', (value) => {
    const { bytes, why } = suggestedMemory({ deviceMemory: value });
    expect(bytes).toBe(2 * 2 ** 30);
    expect(why).toMatch(/does not say/);
  });

  it('may be given by hand', () => {
    expect(['', ' ', '500', '1.5', '0', '-3', 'x', 'Infinity'].map(memoryOf)).toEqual([
      ...[undefined, undefined, 500e6, 1.5e6, null, null, null, null],
    ]);
  });
});
