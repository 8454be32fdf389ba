import type { RandomStream } from '../../../src/core/rng.ts';
import { pick, rounds } from './pick.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes that end, begin or widen something in most formats. */
const TELLING = [0, 1, 0x0a, 0x0d, 0x22, 0x2c, 0x7f, 0x80, 0xc3, 0xed, 0xfe, 0xff];

/** Flips, overwrites, inserts, removes, repeats or cuts, a few times. */
export function mutateBytes(bytes: Bytes, random: RandomStream): Bytes {
  let changed = bytes;
  for (let round = rounds(random); round > 0; round--) changed = mutatedOnce(changed, random);
  return changed;
}

function mutatedOnce(bytes: Bytes, random: RandomStream): Bytes {
  const at = random.nextInt(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.nextInt(16));
  switch (random.nextInt(7)) {
    case 0:
      return written(bytes, at, (byte) => byte ^ (1 << random.nextInt(8)));
    case 1:
      return written(bytes, at, () => pick(TELLING, random));
    case 2:
      return written(bytes, at, () => random.nextInt(256));
    case 3:
      return joined(
        bytes.subarray(0, at),
        Uint8Array.of(pick(TELLING, random)),
        bytes.subarray(at),
      );
    case 4:
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 5:
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    default:
      return bytes.slice(0, at);
  }
}

function written(bytes: Bytes, at: number, change: (byte: number) => number): Bytes {
  const copy = bytes.slice();
  const byte = copy[at];
  if (byte !== undefined) copy[at] = change(byte);
  return copy;
}

export function joined(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
