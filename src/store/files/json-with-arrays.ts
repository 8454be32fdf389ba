import { AppError } from '../../core/errors.ts';

/** A value as text, and the bytes of its typed arrays one after the other. */
export interface WrittenValue {
  readonly text: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const ARRAY_TYPES = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} as const;

type TypedArray = InstanceType<(typeof ARRAY_TYPES)[keyof typeof ARRAY_TYPES]>;

/** Every array starts where a Float64Array may. */
const ALIGNMENT = 8;

/** Names that stand for what JSON has no form for. */
const ARRAY = '$array';
const NUMBER = '$number';

/**
 * JSON that keeps what a structured clone keeps: typed arrays, -0, NaN and infinities. Fields that
 * are undefined are left out.
 * @errors invalid-argument for anything else, and for fields that are named like our own
 */
export function writeValue(value: unknown): WrittenValue {
  const arrays: TypedArray[] = [];
  let length = 0;
  const plain = (part: unknown): unknown => {
    if (typeof part === 'number') {
      return Number.isFinite(part) && !Object.is(part, -0)
        ? part
        : { [NUMBER]: Object.is(part, -0) ? '-0' : String(part) };
    }
    if (part === null || typeof part === 'string' || typeof part === 'boolean') return part;
    if (Array.isArray(part)) return part.map(plain);
    if (typeof part !== 'object') throw unwritable(`a value of type ${typeof part}`);
    const type = typeNameOf(part);
    if (type !== null) {
      const array = part as TypedArray;
      const start = Math.ceil(length / ALIGNMENT) * ALIGNMENT;
      length = start + array.byteLength;
      arrays.push(array);
      return { [ARRAY]: [type, start, array.length] };
    }
    const prototype: unknown = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== null) throw unwritable('a class instance');
    const fields = Object.entries(part).filter(([, field]) => field !== undefined);
    if (fields.some(([name]) => name === ARRAY || name === NUMBER)) {
      throw unwritable(`a field that is named ${ARRAY} or ${NUMBER}`);
    }
    return Object.fromEntries(fields.map(([name, field]) => [name, plain(field)]));
  };
  const text = JSON.stringify(plain(value));
  const bytes = new Uint8Array(length);
  let start = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    start = Math.ceil(start / ALIGNMENT) * ALIGNMENT;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), start);
    start += byteLength;
  }
  return { text, bytes };
}

/** The value again. @errors checkpoint-corrupt when text and bytes do not belong together */
export function readValue({ text, bytes }: WrittenValue): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part;
    if (NUMBER in part) return Number(part[NUMBER]);
    return ARRAY in part ? arrayOf(part[ARRAY], bytes) : part;
  }) as unknown;
}

function arrayOf(place: unknown, bytes: Uint8Array<ArrayBuffer>): TypedArray {
  if (Array.isArray(place)) {
    const [type, start, length] = place as readonly unknown[];
    const Type = Object.entries(ARRAY_TYPES).find(([name]) => name === type)?.[1];
    if (Type !== undefined && isCount(start) && isCount(length)) {
      const end = start + length * Type.BYTES_PER_ELEMENT;
      // A copy: whoever keeps one array shall not keep all of them in memory.
      if (end <= bytes.length) return new Type(bytes.slice(start, end).buffer);
    }
  }
  throw new AppError('checkpoint-corrupt', 'A stored array is not where its value says.');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function typeNameOf(value: object): string | null {
  if (!ArrayBuffer.isView(value)) return null;
  const { name } = value.constructor;
  if (name in ARRAY_TYPES) return name;
  throw unwritable(`a ${name}`);
}

function unwritable(what: string): AppError {
  return new AppError('invalid-argument', `A stored value may not hold ${what}.`);
}
