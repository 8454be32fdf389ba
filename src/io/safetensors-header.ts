import { AppError } from '../core/errors.ts';
import { isJsonObject, JsonFault, JsonNumber, parseStrictJson } from './strict-json.ts';
import type { StrictJson } from './strict-json.ts';

/** One tensor of a file; `start` and `end` are bytes from the beginning of the data. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their data. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Byte of the file at which the data begin. */
  readonly dataStart: number;
}

/**
 * About 100,000 tensors; the largest published shards have a few thousand. The reference
 * implementation allows 100 MB, which cost 9 s and 1.9 GB here.
 */
export const MAX_HEADER_BYTES = 16 * 2 ** 20;
const MAX_RANK = 8;
const MAX_NAME_CHARS = 1024;

const TYPE_BYTES: ReadonlyMap<string, number> = new Map([
  ...['BOOL', 'U8', 'I8', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0'].map((type) => [type, 1] as const),
  ...['U16', 'I16', 'F16', 'BF16'].map((type) => [type, 2] as const),
  ...['U32', 'I32', 'F32'].map((type) => [type, 4] as const),
  ...['U64', 'I64', 'F64', 'C64'].map((type) => [type, 8] as const),
]);

/**
 * Checks the header of a safetensors file against the size of the file.
 * @param bytes the beginning of the file, at least up to safetensorsDataStart
 * @errors safetensors-invalid
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array<ArrayBuffer>,
  fileName: string,
  fileSize = bytes.length,
): SafetensorsHeader {
  const dataStart = safetensorsDataStart(bytes, fileName, fileSize);
  const root = headerJson(bytes.subarray(8, dataStart), fileName);
  const metadata = metadataOf(root.get('__metadata__'), fileName);
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of root) {
    if (name !== '__metadata__') entries.push(entryOf(name, value, fileName));
  }
  // Empty tensors share their start with a neighbour: they come first.
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  checkCoverage(entries, fileSize - dataStart, fileName);
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata, dataStart };
}

/**
 * Byte at which header ends and data begin, from the first 8 bytes of a file.
 * @errors safetensors-invalid
 */
export function safetensorsDataStart(
  bytes: Uint8Array<ArrayBuffer>,
  fileName: string,
  fileSize: number,
): number {
  if (bytes.length < 8) {
    throw invalid(fileName, null, `is ${String(bytes.length)} bytes long, too short for a header`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getBigUint64(0, true);
  if (size > BigInt(MAX_HEADER_BYTES)) {
    throw invalid(fileName, null, `claims a header of ${String(size)} bytes, over the cap`);
  }
  if (size < 2n || size > BigInt(fileSize - 8)) {
    throw invalid(
      fileName,
      null,
      `claims a header of ${String(size)} bytes in a file of ${String(fileSize)}`,
    );
  }
  return 8 + Number(size);
}

function headerJson(
  header: Uint8Array<ArrayBuffer>,
  fileName: string,
): ReadonlyMap<string, StrictJson> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw invalid(fileName, null, 'has a header that is not UTF-8', cause);
  }
  if (!text.startsWith('{')) throw invalid(fileName, null, 'has a header that starts without "{"');
  try {
    const root = parseStrictJson(text);
    if (isJsonObject(root)) return root;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw invalid(fileName, null, `has a bad header: ${error.message} (at ${String(error.at)})`);
  }
  throw invalid(fileName, null, 'has a header that is no JSON object');
}

function metadataOf(value: StrictJson | undefined, fileName: string): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (!isJsonObject(value)) throw invalid(fileName, null, 'has metadata that are no object');
  for (const [key, text] of value) {
    if (typeof text !== 'string') {
      throw invalid(fileName, null, `has metadata "${shown(key)}" that is no string`);
    }
    metadata.set(key, text);
  }
  return metadata;
}

function entryOf(name: string, value: StrictJson, fileName: string): SafetensorsEntry {
  const fail = (what: string) => invalid(fileName, name, what);
  if (name === '' || name.length > MAX_NAME_CHARS) throw fail('has an empty or overlong name');
  if (!isJsonObject(value)) throw fail('is no object');
  for (const key of value.keys()) {
    if (!['dtype', 'shape', 'data_offsets'].includes(key)) {
      throw fail(`has an unknown field "${shown(key)}"`);
    }
  }
  const dtype = value.get('dtype');
  const typeBytes = typeof dtype === 'string' ? TYPE_BYTES.get(dtype) : undefined;
  if (typeof dtype !== 'string' || typeBytes === undefined) throw fail('has an unknown dtype');
  const shape = sizes(value.get('shape'));
  if (shape === null) throw fail('has a shape that is no list of non-negative integers');
  if (shape.length > MAX_RANK) throw fail(`has more than ${String(MAX_RANK)} dimensions`);
  const offsets = sizes(value.get('data_offsets'));
  const [start, end] = offsets ?? [];
  if (offsets?.length !== 2 || start === undefined || end === undefined) {
    throw fail('has data_offsets that are no pair of non-negative integers');
  }
  if (end < start) throw fail('has data_offsets in reverse');
  const needed = shape.reduce((product, size) => product * BigInt(size), BigInt(typeBytes));
  if (needed !== BigInt(end - start)) {
    throw fail(
      `has ${String(end - start)} bytes where ${dtype}[${shape.join(', ')}] needs ${String(needed)}`,
    );
  }
  return { name, dtype, shape, start, end };
}

/** Every byte of the data belongs to exactly one tensor: no hole can hide anything. */
function checkCoverage(
  entries: readonly SafetensorsEntry[],
  dataBytes: number,
  fileName: string,
): void {
  let covered = 0;
  for (const { name, start, end } of entries) {
    if (start < covered) throw invalid(fileName, name, 'overlaps the tensor before it');
    if (start > covered) {
      throw invalid(fileName, name, `leaves a hole of ${String(start - covered)} bytes before it`);
    }
    if (end > dataBytes) {
      throw invalid(
        fileName,
        name,
        `ends at byte ${String(end)} of ${String(dataBytes)}: the file is truncated`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw invalid(fileName, null, `has ${String(dataBytes - covered)} bytes after its last tensor`);
  }
}

function sizes(value: StrictJson | undefined): readonly number[] | null {
  if (!Array.isArray(value)) return null;
  const items: readonly StrictJson[] = value;
  const numbers: number[] = [];
  for (const item of items) {
    const size = item instanceof JsonNumber ? item.asSize() : null;
    if (size === null) return null;
    numbers.push(size);
  }
  return numbers;
}

function shown(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name;
}

function invalid(fileName: string, tensor: string | null, what: string, cause?: unknown): AppError {
  const subject = tensor === null ? fileName : `${fileName}: tensor "${shown(tensor)}"`;
  return new AppError('safetensors-invalid', `${subject} ${what}.`, {
    hint: 'Nothing was loaded. Download or export the file again.',
    faults: [{ place: subject, message: what }],
    ...(cause === undefined ? {} : { cause }),
  });
}
