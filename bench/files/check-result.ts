import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { FileCase } from './file-cases.ts';

/** Places that are looked at; enough that a wrong range or row is met. */
const SAMPLES = 4096;

/**
 * Whether a result is what its case asks for, at places spread over the file: the numbers of linear
 * merges within the rounding of bfloat16, of the others that they are finite and not all the base's.
 * @returns '' or what is wrong. NaN never passes
 */
export function resultFault(one: FileCase, result: string, inputs: readonly string[]): string {
  const sizes = [result, ...inputs].map(sizeOf);
  if (new Set(sizes).size > 1) return `the sizes are ${sizes.join(', ')}`;
  const read = [result, ...inputs].map((path) => sample(path, sizes[0] ?? 0));
  const [values = [], ...operands] = read;
  const expected = expectedOf(one, operands);
  if (expected === null) {
    if (!values.every(Number.isFinite)) return 'there are values that are not finite';
    return values.some((value, i) => value !== operands[0]?.[i]) ? '' : 'it is the base';
  }
  const wrong = values.findIndex((value, i) => {
    const wanted = expected[i] ?? Number.NaN;
    // Eight bits, and what float32 loses in sums of numbers of the size of a weight.
    return !(Math.abs(value - wanted) <= 2 ** -8 * Math.abs(wanted) + 1e-8);
  });
  if (wrong < 0) return '';
  return `sample ${wrong} is ${values[wrong] ?? 'missing'} where it should be ${expected[wrong] ?? 'missing'}`;
}

/** In float64; null where no simple formula says it. */
function expectedOf(
  { name }: FileCase,
  operands: readonly (readonly number[])[],
): readonly number[] | null {
  const [base = [], ...others] = operands;
  if (name.startsWith('linear')) {
    return base.map((_, i) => operands.reduce((sum, one) => sum + (one[i] ?? Number.NaN), 0) / 2);
  }
  if (!name.startsWith('task arithmetic')) return null;
  return base.map((value, i) =>
    others.reduce((sum, one) => sum + 0.7 * ((one[i] ?? Number.NaN) - value), value),
  );
}

function sizeOf(path: string): number {
  const file = openSync(path, 'r');
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

/** bfloat16 values at fixed places of the data, the last one among them. */
function sample(path: string, size: number): number[] {
  const file = openSync(path, 'r');
  try {
    const length = Buffer.alloc(8);
    readSync(file, length, 0, 8, 0);
    const start = 8 + Number(length.readBigUInt64LE());
    const elements = (size - start) / 2;
    const bytes = Buffer.alloc(2);
    return Array.from({ length: Math.min(SAMPLES, elements) }, (_, i) => {
      const at = elements - 1 - Math.floor((i * elements) / Math.min(SAMPLES, elements));
      readSync(file, bytes, 0, 2, start + 2 * at);
      return new Float32Array(Uint32Array.of(bytes.readUInt16LE() << 16).buffer)[0] ?? Number.NaN;
    });
  } finally {
    closeSync(file);
  }
}
