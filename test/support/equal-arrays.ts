import { expect } from 'vitest';

/*
 * A set-up file of the tests. `toEqual` walks typed arrays through an iterator, with microseconds an
 * element, which was the most of what tests of kernels took; and it holds any two `ArrayBuffer`s for
 * equal, because they have no keys. Here both are compared whole, by the rule of `toEqual` for numbers:
 * `Object.is`, so that NaN is NaN and -0 is not 0.
 */

/** What compares, once a process: files of a project share one, and testers add up. */
const ADDED = Symbol.for('mmgrid equal arrays');
const here = globalThis as { [ADDED]?: true };

if (here[ADDED] === undefined) {
  here[ADDED] = true;
  expect.addEqualityTesters([equalArrays]);
}

/** undefined where it is not for this tester to say. */
function equalArrays(a: unknown, b: unknown): boolean | undefined {
  if (isBuffer(a) && isBuffer(b)) return equalBytes(new Uint8Array(a), new Uint8Array(b));
  if (!isArray(a) || !isArray(b)) return undefined;
  if (a.constructor !== b.constructor || a.length !== b.length) return false;
  return equalBytes(bytesOf(a), bytesOf(b)) || a.every((value, i) => Object.is(value, b[i]));
}

function isBuffer(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer;
}

/** A typed array of some kind; `every` and elements are all that is needed of it. */
type Elements = ArrayBufferView & {
  readonly length: number;
  readonly [at: number]: unknown;
  every(holds: (value: unknown, at: number) => boolean): boolean;
};

function isArray(value: unknown): value is Elements {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
