import { Inflate } from 'fflate';
import { crc32 } from '../../core/crc32.ts';

/** One file inside a zip, still packed. */
export interface ZipEntry {
  readonly packed: Blob;
  readonly isDeflated: boolean;
  /** After unpacking, as the zip's directory says. */
  readonly unpackedBytes: number;
  readonly checksum: number;
}

/** Unpacks the bytes of a zip entry, given in order, and holds them against checksum and length. */
export class EntryReader {
  private readonly entry: ZipEntry;
  private readonly inflate: Inflate | null;
  private output: Uint8Array<ArrayBuffer>[] = [];
  private checksum = 0;
  private length = 0;

  constructor(entry: ZipEntry) {
    this.entry = entry;
    this.inflate = entry.isDeflated
      ? new Inflate((bytes) => {
          this.add(bytes);
        })
      : null;
  }

  /** @throws where the bytes are not what the directory says */
  push(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    if (this.inflate === null) this.add(chunk);
    else this.inflate.push(chunk);
    return this.taken();
  }

  /** To be called after the last chunk. @throws where bytes are missing or wrong */
  finish(): Uint8Array<ArrayBuffer>[] {
    this.inflate?.push(new Uint8Array(0), true);
    const { unpackedBytes, checksum } = this.entry;
    if (this.length !== unpackedBytes || this.checksum !== checksum) {
      throw new Error('a file of the zip fails its check');
    }
    return this.taken();
  }

  private add(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0) return;
    this.checksum = crc32(bytes, this.checksum);
    this.length += bytes.length;
    this.output.push(bytes);
  }

  private taken(): Uint8Array<ArrayBuffer>[] {
    const { output } = this;
    this.output = [];
    return output;
  }
}
