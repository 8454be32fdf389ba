import { crc32 } from '../../core/crc32.ts';
import { AppError } from '../../core/errors.ts';
import type { ExportedFile } from '../../../workers/lab/api.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
/** 1980-01-01, the format's first day: the same files always give the same archive. */
const EPOCH_DATE = 0x0021;

const MAX_BYTES = 2 ** 32 - 1;

/**
 * A ZIP of stored (uncompressed) files: weights do not compress, and one download beats seven. Neighbours
 * under one name are one file in pieces; what is taken is handed to the browser, which may keep it on disk.
 * @errors limit-exceeded above the 4 GiB of the classic format
 */
export async function zip(
  pieces: Iterable<ExportedFile> | AsyncIterable<ExportedFile>,
): Promise<Blob> {
  const archive = new Archive();
  for await (const { path, bytes } of pieces) archive.add(path, bytes);
  return archive.end();
}

/** A file whose size and check sum, which stand before it, are known at its end. */
interface OpenFile {
  readonly name: Uint8Array<ArrayBuffer>;
  readonly path: string;
  readonly parts: Blob[];
  crc: number;
  size: number;
}

class Archive {
  private readonly parts: BlobPart[] = [];
  private readonly directory: Uint8Array<ArrayBuffer>[] = [];
  private offset = 0;
  private file: OpenFile | null = null;

  add(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.file?.path !== path) {
      this.endFile();
      this.file = { path, name: new TextEncoder().encode(path), parts: [], crc: 0, size: 0 };
    }
    this.file.parts.push(new Blob([bytes]));
    this.file.crc = crc32(bytes, this.file.crc);
    this.file.size += bytes.length;
    if (this.offset + this.file.size > MAX_BYTES - 2 ** 20) throw tooLarge();
  }

  end(): Blob {
    this.endFile();
    const { directory, offset } = this;
    const directoryLength = directory.reduce((sum, entry) => sum + entry.length, 0);
    const end = record(22, new Uint8Array(0), (view) => {
      view.setUint32(0, END, true);
      view.setUint16(8, directory.length, true);
      view.setUint16(10, directory.length, true);
      view.setUint32(12, directoryLength, true);
      view.setUint32(16, offset, true);
    });
    return new Blob([...this.parts, ...directory, end], { type: 'application/zip' });
  }

  private endFile(): void {
    const { file, offset } = this;
    if (file === null) return;
    this.file = null;
    const shared = [VERSION, UTF8_NAMES, 0, 0, EPOCH_DATE] as const;
    const sizes = [file.crc, file.size, file.size] as const;
    const local = record(30, file.name, (view) => {
      view.setUint32(0, LOCAL, true);
      shared.forEach((value, index) => {
        view.setUint16(4 + 2 * index, value, true);
      });
      sizes.forEach((value, index) => {
        view.setUint32(14 + 4 * index, value, true);
      });
      view.setUint16(26, file.name.length, true);
    });
    this.directory.push(
      record(46, file.name, (view) => {
        view.setUint32(0, CENTRAL, true);
        view.setUint16(4, VERSION, true);
        shared.forEach((value, index) => {
          view.setUint16(6 + 2 * index, value, true);
        });
        sizes.forEach((value, index) => {
          view.setUint32(16 + 4 * index, value, true);
        });
        view.setUint16(28, file.name.length, true);
        view.setUint32(42, offset, true);
      }),
    );
    this.parts.push(local, ...file.parts);
    this.offset += local.length + file.size;
  }
}

function tooLarge(): AppError {
  return new AppError('limit-exceeded', 'This model is too large for one ZIP file (4 GiB).', {
    hint: 'Nothing was exported; the model stays stored. `npm run headless` writes folders of any size.',
  });
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
