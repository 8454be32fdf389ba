import { expect, test } from 'vitest';
import { threefry2x32 } from '../../src/core/rng.ts';

/** Known answers of Random123 for twenty rounds, as (counter, key, result). */
const ANSWERS = [
  ['00000000 00000000', '00000000 00000000', '6b200159 99ba4efe'],
  ['ffffffff ffffffff', 'ffffffff ffffffff', '1cb996fc bb002be7'],
  ['243f6a88 85a308d3', '13198a2e 03707344', 'c4923a9c 483df7a0'],
] as const;

const words = (text: string) =>
  text.split(' ').map((word) => Number.parseInt(word, 16)) as [number, number];

test.each(ANSWERS)('Threefry of the counter %s under the key %s', (counter, key, result) => {
  expect(threefry2x32(...words(key), ...words(counter))).toEqual(words(result));
});
