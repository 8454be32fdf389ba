import { AppError } from '../../core/errors.ts';
import type { ZipEntry } from './zip-entry.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const MAX_16 = 0xffff;
const MAX_32 = 0xffff_ffff;

/** The end record and the longest comment after it. */
const TAIL_BYTES = 22 + MAX_16;
const MAX_ENTRIES = 20_000;
const MAX_DIRECTORY_BYTES = 32 * 2 ** 20;

export interface NamedEntry {
  readonly path: string;
  readonly entry: ZipEntry;
}

/** Whether a file begins as a zip does. Tables of Excel and arrays of NumPy are zips, too. */
export function isZip(head: Uint8Array): boolean {
  const [a, b, c, d] = head;
  return a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6));
}

/**
 * The files of a zip from its directory, without folders; nothing is unpacked yet. Knows the 64-bit
 * form of large archives.
 * @errors data-invalid for a damaged zip or one that needs a password or another program
 */
export async function zipEntries(blob: Blob, name: string): Promise<readonly NamedEntry[]> {
  const { offset, size, count } = await directoryOf(blob, name);
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY_BYTES) {
    throw new AppError('limit-exceeded', `${name} holds ${String(count)} files.`, {
      hint: 'Unpack it and give only the files that are needed.',
    });
  }
  const view = await viewOf(blob, offset, offset + size);
  const entries: NamedEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== CENTRAL) throw damaged(name);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const end = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (end > view.byteLength) throw damaged(name);
    const flags = view.getUint16(at + 8, true);
    const path = pathOf(view, at + 46, nameLength);
    if (!path.endsWith('/')) {
      const method = view.getUint16(at + 10, true);
      if ((flags & 1) !== 0) throw unreadable(name, path, 'is encrypted');
      if (method !== 0 && method !== 8) throw unreadable(name, path, 'is packed in a rare way');
      const [unpacked, packed, local] = sizesOf(view, at, nameLength, extraLength, name);
      const start = await dataStart(blob, local, name);
      if (start + packed > blob.size) throw damaged(name);
      const entry = {
        packed: blob.slice(start, start + packed),
        isDeflated: method === 8,
        unpackedBytes: unpacked,
        checksum: view.getUint32(at + 16, true),
      };
      entries.push({ path, entry });
    }
    at = end;
  }
  return entries;
}

/** Where the directory lies and how many files it lists. */
async function directoryOf(
  blob: Blob,
  name: string,
): Promise<{ readonly offset: number; readonly size: number; readonly count: number }> {
  const tailStart = Math.max(0, blob.size - TAIL_BYTES);
  const view = await viewOf(blob, tailStart, blob.size);
  let at = view.byteLength - 22;
  while (at >= 0 && view.getUint32(at, true) !== END) at -= 1;
  if (at < 0) throw damaged(name);
  const count = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 12, true);
  const offset = view.getUint32(at + 16, true);
  if (count !== MAX_16 && size !== MAX_32 && offset !== MAX_32) return { offset, size, count };
  const locator = at - 20;
  if (locator < 0 || view.getUint32(locator, true) !== END64_LOCATOR) throw damaged(name);
  const place = Number(view.getBigUint64(locator + 8, true));
  const record = await viewOf(blob, place, place + 56);
  if (record.byteLength < 56 || record.getUint32(0, true) !== END64) throw damaged(name);
  return {
    count: Number(record.getBigUint64(32, true)),
    size: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
}

/** Unpacked and packed size and the place of the local header; large ones stand in an extra field. */
function sizesOf(
  view: DataView,
  at: number,
  nameLength: number,
  extraLength: number,
  name: string,
): [unpacked: number, packed: number, local: number] {
  const sizes: [number, number, number] = [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ];
  if (!sizes.includes(MAX_32)) return sizes;
  const end = at + 46 + nameLength + extraLength;
  let field = at + 46 + nameLength;
  while (field + 4 <= end && view.getUint16(field, true) !== 1) {
    field += 4 + view.getUint16(field + 2, true);
  }
  let value = field + 4;
  for (let index = 0; index < 3; index++) {
    if (sizes[index] !== MAX_32) continue;
    if (value + 8 > end) throw damaged(name);
    sizes[index] = Number(view.getBigUint64(value, true));
    value += 8;
  }
  return sizes;
}

/** The local header repeats the name and may have other extra fields than the directory. */
async function dataStart(blob: Blob, local: number, name: string): Promise<number> {
  const header = await viewOf(blob, local, local + 30);
  if (header.byteLength < 30 || header.getUint32(0, true) !== LOCAL) throw damaged(name);
  return local + 30 + header.getUint16(26, true) + header.getUint16(28, true);
}

async function viewOf(blob: Blob, start: number, end: number): Promise<DataView> {
  return new DataView(await blob.slice(start, end).arrayBuffer());
}

/** UTF-8, as all programs of today write it; what is no UTF-8 is an old local encoding. */
function pathOf(view: DataView, start: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, start, length);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

function damaged(name: string): AppError {
  return new AppError('data-invalid', `${name} is a damaged or incomplete zip file.`, {
    hint: 'Download it again and compare its size or checksum. Nothing was imported.',
    faults: [{ place: name, message: 'its directory is missing or wrong' }],
  });
}

function unreadable(name: string, path: string, what: string): AppError {
  return new AppError('data-invalid', `${path} in ${name} ${what}.`, {
    hint: 'Unpack the zip with another program and give the files. Nothing was imported.',
    faults: [{ place: `${name}/${path}`, message: what }],
  });
}
