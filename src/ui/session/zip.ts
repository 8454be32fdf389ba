import { crc32 } from '../../core/crc32.ts';
import type { ExportedFile } from '../../../workers/lab/api.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
/** 1980-01-01, the format's first day: the same files always give the same archive. */
const EPOCH_DATE = 0x0021;

/**
 * A ZIP of stored (uncompressed) files: weights do not compress, and one download beats seven.
 * @errors none; sizes stay far below the 4 GiB of the classic format
 */
export function zip(files: readonly ExportedFile[]): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { path, bytes } of files) {
    const name = new TextEncoder().encode(path);
    const shared = [VERSION, UTF8_NAMES, 0, 0, EPOCH_DATE] as const;
    const sizes = [crc32(bytes), bytes.length, bytes.length] as const;
    const local = record(30, name, (view) => {
      view.setUint32(0, LOCAL, true);
      shared.forEach((value, index) => {
        view.setUint16(4 + 2 * index, value, true);
      });
      sizes.forEach((value, index) => {
        view.setUint32(14 + 4 * index, value, true);
      });
      view.setUint16(26, name.length, true);
    });
    const start = offset;
    directory.push(
      record(46, name, (view) => {
        view.setUint32(0, CENTRAL, true);
        view.setUint16(4, VERSION, true);
        shared.forEach((value, index) => {
          view.setUint16(6 + 2 * index, value, true);
        });
        sizes.forEach((value, index) => {
          view.setUint32(16 + 4 * index, value, true);
        });
        view.setUint16(28, name.length, true);
        view.setUint32(42, start, true);
      }),
    );
    parts.push(local, bytes);
    offset += local.length + bytes.length;
  }
  const directoryLength = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = record(22, new Uint8Array(0), (view) => {
    view.setUint32(0, END, true);
    view.setUint16(8, files.length, true);
    view.setUint16(10, files.length, true);
    view.setUint32(12, directoryLength, true);
    view.setUint32(16, offset, true);
  });
  return new Blob([...parts, ...directory, end], { type: 'application/zip' });
}

function record(
  size: number,
  name: Uint8Array,
  fill: (view: DataView) => void,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size + name.length);
  fill(new DataView(bytes.buffer));
  bytes.set(name, size);
  return bytes;
}
