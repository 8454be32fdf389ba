import { crc32 } from '../../src/core/crc32.ts';

export interface ZipFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Packed by deflate; stored as it is without. */
  readonly deflated?: Uint8Array<ArrayBuffer>;
  readonly flags?: number;
  readonly method?: number;
}

/** A zip as other programs write it: packed files, and on request the 64-bit form throughout. */
export function makeZip(files: readonly ZipFile[], { is64 = false } = {}): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const file of files) {
    const name = new TextEncoder().encode(file.path);
    const packed = file.deflated ?? file.bytes;
    const method = file.method ?? (file.deflated === undefined ? 0 : 8);
    const sizes = [file.bytes.length, packed.length, offset];
    const extra = is64 ? field64(sizes) : new Uint8Array(0);
    const shown = is64 ? sizes.map(() => 0xffff_ffff) : sizes;
    const fields = (view: DataView, at: number) => {
      view.setUint16(at, file.flags ?? 0, true);
      view.setUint16(at + 2, method, true);
      view.setUint32(at + 8, crc32(file.bytes), true);
      view.setUint32(at + 12, shown[1] ?? 0, true);
      view.setUint32(at + 16, shown[0] ?? 0, true);
      view.setUint16(at + 20, name.length, true);
    };
    // The local header has an extra field of its own length: readers must not take the directory's.
    const local = record(30 + name.length + 5, (view) => {
      view.setUint32(0, 0x04034b50, true);
      fields(view, 6);
      view.setUint16(28, 5, true);
    });
    local.set(name, 30);
    const central = record(46 + name.length + extra.length, (view) => {
      view.setUint32(0, 0x02014b50, true);
      fields(view, 8);
      view.setUint16(30, extra.length, true);
      view.setUint32(42, shown[2] ?? 0, true);
    });
    central.set(name, 46);
    central.set(extra, 46 + name.length);
    parts.push(local, packed);
    directory.push(central);
    offset += local.length + packed.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end64 = record(56, (view) => {
    view.setUint32(0, 0x06064b50, true);
    view.setBigUint64(32, BigInt(files.length), true);
    view.setBigUint64(40, BigInt(size), true);
    view.setBigUint64(48, BigInt(offset), true);
  });
  const locator = record(20, (view) => {
    view.setUint32(0, 0x07064b50, true);
    view.setBigUint64(8, BigInt(offset + size), true);
  });
  const comment = new TextEncoder().encode('a comment');
  const end = record(22 + comment.length, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(10, is64 ? 0xffff : files.length, true);
    view.setUint32(12, is64 ? 0xffff_ffff : size, true);
    view.setUint32(16, is64 ? 0xffff_ffff : offset, true);
    view.setUint16(20, comment.length, true);
  });
  end.set(comment, 22);
  return concatenated([...parts, ...directory, ...(is64 ? [end64, locator] : []), end]);
}

/** Sizes and offset in the extra field of the 64-bit form, behind a field of another program. */
function field64(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return record(6 + 4 + 8 * values.length, (view) => {
    view.setUint16(0, 0x7075, true);
    view.setUint16(2, 2, true);
    view.setUint16(6, 1, true);
    view.setUint16(8, 8 * values.length, true);
    values.forEach((value, index) => {
      view.setBigUint64(10 + 8 * index, BigInt(value), true);
    });
  });
}

function record(size: number, fill: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  fill(new DataView(bytes.buffer));
  return bytes;
}

function concatenated(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
