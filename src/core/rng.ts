/**
 * Threefry-2x32-20: a counter-based generator. No hidden state: the same (key, counter) gives the
 * same bits on every machine and in WGSL (adds, rotates and xors only).
 * @source Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
 */
export function threefry2x32(key0: number, key1: number, count0: number, count1: number) {
  const keys = [key0 >>> 0, key1 >>> 0, (key0 ^ key1 ^ 0x1bd11bda) >>> 0] as const;
  let x0 = (count0 + keys[0]) >>> 0;
  let x1 = (count1 + keys[1]) >>> 0;
  for (let block = 0; block < 5; block++) {
    for (const rotation of block % 2 === 0 ? EVEN : ODD) {
      x0 = (x0 + x1) >>> 0;
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) >>> 0;
      x1 = (x1 ^ x0) >>> 0;
    }
    x0 = (x0 + (keys[(block + 1) % 3] ?? 0)) >>> 0;
    x1 = (x1 + (keys[(block + 2) % 3] ?? 0) + block + 1) >>> 0;
  }
  return [x0, x1] as const;
}

const EVEN = [13, 15, 26, 6] as const;
const ODD = [17, 29, 16, 24] as const;

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
