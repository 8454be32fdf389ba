import { readSafetensors } from '../../../src/io/safetensors.ts';
import { fileNamed, promise, textOf, type FuzzFile, type FuzzKind } from '../fuzz-kind.ts';
import { joined, mutateBytes } from '../mutate/bytes.ts';
import { mutateJson } from '../mutate/json.ts';
import { oneIn, pick } from '../mutate/pick.ts';

const FILE = 'model.safetensors';

/** Header and data of a safetensors file. */
export const safetensorsKind: FuzzKind = {
  name: 'safetensors',
  reads: 'safetensors files',
  refuses: ['safetensors-invalid'],
  seeds: () =>
    Promise.resolve([
      { name: 'three-types', input: [fileOf(header([F32, BF16, F16]), 8 + 8 + 12)] },
      {
        name: 'metadata',
        input: [fileOf(`{"__metadata__":{"format":"pt","a":"b"},${header([F32]).slice(1)}`, 8)],
      },
      { name: 'empty', input: [fileOf('{}', 0)] },
      {
        name: 'empty-tensors',
        input: [
          fileOf(
            header([
              ['e', 'F64', [0, 3], 0],
              ['i', 'I64', [2], 16],
              ['s', 'U8', [], 1],
            ]),
            17,
          ),
        ],
      },
      {
        name: 'padded',
        input: [fileOf(`${header([['model.layers.0.w', 'F32', [1, 1, 1, 2], 8]])}     `, 8)],
      },
    ]),
  mutate(input, random) {
    const { bytes } = fileNamed(input, FILE);
    if (oneIn(4, random)) return [{ name: FILE, bytes: mutateBytes(bytes, random) }];
    const length = bytes[0] ?? 0;
    const text = textOf({ name: '', bytes: bytes.slice(8, 8 + length) });
    let head: Uint8Array<ArrayBuffer> = new TextEncoder().encode(mutateJson(text, random));
    if (oneIn(6, random)) head = mutateBytes(head, random);
    let tail = bytes.subarray(8 + length);
    if (oneIn(6, random)) tail = mutateBytes(tail.slice(), random);
    const said = BigInt(head.length) + (oneIn(8, random) ? pick(OFF, random) : 0n);
    return [{ name: FILE, bytes: joined(lengthField(said), head, tail) }];
  },
  read(input) {
    const { bytes } = fileNamed(input, FILE);
    const file = readSafetensors(bytes, FILE);
    const dataStart = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    let covered = dataStart;
    for (const [name, { dtype, shape, start, end, name: own }] of file.tensors) {
      promise(name === own, 'a tensor is listed under another name');
      promise(
        shape.every((size) => Number.isSafeInteger(size) && size >= 0),
        'a size is none',
      );
      const size = shape.reduce((product, one) => product * one, BYTES[dtype] ?? NaN);
      promise(
        end - start === size,
        `${dtype}[${shape.join(',')}] has ${String(end - start)} bytes`,
      );
      promise(dataStart + start === covered, 'tensors do not follow each other');
      covered = dataStart + end;
      if (file.unsupported.includes(name)) continue;
      const values = file.floats(name);
      promise(values.length === shape.reduce((a, b) => a * b, 1), 'a tensor has another length');
      const data = bytes.subarray(dataStart + start, dataStart + end);
      const found = values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
      promise(found === nanCount(dtype, data), 'NaN appeared or went');
    }
    promise(covered === bytes.length, 'the tensors are not the whole file');
    return Promise.resolve();
  },
};

type Tensor = readonly [name: string, dtype: string, shape: readonly number[], bytes: number];
const F32: Tensor = ['a', 'F32', [2], 8];
const BF16: Tensor = ['b.weight', 'BF16', [2, 2], 8];
const F16: Tensor = ['c', 'F16', [3, 2, 1], 12];
const BYTES: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, F8_E8M0: 1, U16: 2, I16: 2, F16: 2 },
  ...{ BF16: 2, U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8, C64: 8 },
};
/** What a header's length may be off by. */
const OFF = [1n, -1n, 7n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n, 100n * 2n ** 20n];

/** The words of a binary float whose exponent is full and whose fraction is not empty, counted. */
function nanCount(dtype: string, data: Uint8Array): number {
  const size = dtype === 'F32' ? 4 : 2;
  const exponent = dtype === 'F16' ? 5 : 8;
  let count = 0;
  for (let at = 0; at + size <= data.length; at += size) {
    let word = 0n;
    for (let byte = size - 1; byte >= 0; byte--) word = word * 256n + BigInt(data[at + byte] ?? 0);
    const fractionBits = BigInt(8 * size - 1 - exponent);
    const full = (1n << BigInt(exponent)) - 1n;
    const isNan = ((word >> fractionBits) & full) === full && word % (1n << fractionBits) !== 0n;
    if (isNan) count += 1;
  }
  return count;
}

function header(tensors: readonly Tensor[]): string {
  let at = 0;
  const fields = tensors.map(([name, dtype, shape, bytes]) => {
    const offsets = [at, at + bytes];
    at += bytes;
    return [name, { dtype, shape, data_offsets: offsets }];
  });
  return JSON.stringify(Object.fromEntries(fields));
}

function lengthField(length: bigint): Uint8Array<ArrayBuffer> {
  const field = new Uint8Array(8);
  new DataView(field.buffer).setBigUint64(0, BigInt.asUintN(64, length), true);
  return field;
}

/** Data of all byte values, among which are NaN and infinities of every type. */
function fileOf(text: string, dataBytes: number): FuzzFile {
  const head = new TextEncoder().encode(text);
  const data = Uint8Array.from({ length: dataBytes }, (_, at) => 255 - ((at * 37) % 256));
  return { name: FILE, bytes: joined(lengthField(BigInt(head.length)), head, data) };
}
