/**
 * Threefry-2x32-20: a counter-based generator. No hidden state: the same (key, counter) gives the
 * same bits on every machine and in WGSL (adds, rotates and xors only). Its twenty rounds are written
 * out on signed words: a loop over a list of rotations, on unsigned ones, took three times as long.
 * @source Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
 */
export function threefry2x32(key0: number, key1: number, count0: number, count1: number) {
  const k0 = key0 | 0;
  const k1 = key1 | 0;
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let x0 = (count0 + k0) | 0;
  let x1 = (count1 + k1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 13) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 15) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 26) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 6) ^ x0;
  x0 = (x0 + k1) | 0;
  x1 = (x1 + k2 + 1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 17) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 29) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 16) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 24) ^ x0;
  x0 = (x0 + k2) | 0;
  x1 = (x1 + k0 + 2) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 13) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 15) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 26) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 6) ^ x0;
  x0 = (x0 + k0) | 0;
  x1 = (x1 + k1 + 3) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 17) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 29) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 16) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 24) ^ x0;
  x0 = (x0 + k1) | 0;
  x1 = (x1 + k2 + 4) | 0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 13) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 15) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 26) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = rotated(x1, 6) ^ x0;
  x0 = (x0 + k2) | 0;
  x1 = (x1 + k0 + 5) | 0;
  return [x0 >>> 0, x1 >>> 0] as const;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** FNV-1a, to turn a stream's name into the second key word. */
export function nameToKey(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}

/**
 * A named stream of random numbers: position `index` of stream (seed, name) is a pure function,
 * `next…` methods are that function with an increasing index.
 */
export class RandomStream {
  readonly seed: number;
  readonly key: number;
  private index = 0;

  constructor(seed: number, name: string) {
    this.seed = seed >>> 0;
    this.key = nameToKey(name);
  }

  /** 32 random bits at `index`. */
  bitsAt(index: number): number {
    return threefry2x32(this.seed, this.key, index >>> 0, Math.floor(index / 2 ** 32))[0];
  }

  nextBits(): number {
    return this.bitsAt(this.index++);
  }

  /** Uniform in [0, 1), 32 bits. */
  nextUniform(): number {
    return this.nextBits() / 2 ** 32;
  }

  /** Uniform integer in [0, bound); multiply-shift, bias below bound / 2³². */
  nextInt(bound: number): number {
    return Math.floor(this.nextUniform() * bound);
  }

  /** Standard normal (Box–Muller, one value per two draws: position stays predictable). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextUniform()));
    return radius * Math.cos(2 * Math.PI * this.nextUniform());
  }

  /** Fisher–Yates, in place. */
  shuffle<T extends { length: number; [index: number]: unknown }>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.nextInt(i + 1);
      [values[i], values[j]] = [values[j], values[i]];
    }
    return values;
  }
}
