import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/rng.ts';
import { Sha256 } from '../../src/core/sha256.ts';

test('equals the platform at every length around a block, in pieces of any size', () => {
  const random = new RandomStream(1, 'bytes');
  for (const length of [...Array.from({ length: 140 }, (_, i) => i), 1000, 65_537]) {
    const bytes = Uint8Array.from({ length }, () => random.nextInt(256));
    const hash = new Sha256();
    for (let at = 0; at < length;) {
      const end = Math.min(length, at + 1 + random.nextInt(200));
      hash.update(bytes.subarray(at, end));
      at = end;
    }
    expect(hash.hex(), String(length)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});
