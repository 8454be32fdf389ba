import type { RandomStream } from '../../../src/core/rng.ts';

/** One of the values; there is at least one. */
export function pick<T>(values: readonly T[], random: RandomStream): T {
  return values[random.nextInt(values.length)] as T;
}

export function oneIn(count: number, random: RandomStream): boolean {
  return random.nextInt(count) === 0;
}

/** 1, 2, 3 …, each half as often as the one before. */
export function rounds(random: RandomStream, most = 5): number {
  let count = 1;
  while (count < most && oneIn(2, random)) count += 1;
  return count;
}
