import { Gunzip } from 'fflate';
import { crc32 } from '../../core/crc32.ts';

const TRAILER_BYTES = 8;
/** Compressed bytes kept: a trailer, and the longest header of a member after it that we read. */
const KEPT_BYTES = 2 ** 17;
/** A chunk grows at most about a thousandfold; a bomb is noticed between two of them. */
const CHUNK_BYTES = 2 ** 17;

/**
 * Unpacks gzip of any number of members, as `cat a.gz b.gz`, pigz and bgzip make them; the
 * browser's DecompressionStream refuses all but the first. Every member is held against its own
 * checksum and length. Chunks may end anywhere.
 */
export class GzipMembers {
  private readonly gunzip: Gunzip;
  private output: Uint8Array<ArrayBuffer>[] = [];
  /** The newest compressed bytes, and where they start in the file. */
  private kept = new Uint8Array(0);
  private keptStart = 0;
  private checksum = 0;
  private length = 0;

  constructor() {
    this.gunzip = new Gunzip((bytes) => {
      if (bytes.length === 0) return;
      this.checksum = crc32(bytes, this.checksum);
      this.length += bytes.length;
      this.output.push(bytes);
    });
    this.gunzip.onmember = (start) => {
      this.check(start);
    };
  }

  /** @throws where the bytes are no gzip or a member fails its check */
  *push(chunk: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>, void> {
    for (let start = 0; start < chunk.length; start += CHUNK_BYTES) {
      const part = chunk.slice(start, start + CHUNK_BYTES);
      this.keep(part);
      this.gunzip.push(part);
      yield* this.taken();
    }
  }

  /** To be called after the last chunk. @throws where the file ends early */
  *finish(): Generator<Uint8Array<ArrayBuffer>, void> {
    this.gunzip.push(new Uint8Array(0), true);
    yield* this.taken();
    this.check(this.keptStart + this.kept.length);
  }

  private taken(): Uint8Array<ArrayBuffer>[] {
    const { output } = this;
    this.output = [];
    return output;
  }

  private keep(part: Uint8Array<ArrayBuffer>): void {
    const dropped = Math.max(0, this.kept.length + part.length - KEPT_BYTES);
    const old = this.kept.subarray(Math.min(dropped, this.kept.length));
    const all = new Uint8Array(old.length + part.length);
    all.set(old);
    all.set(part, old.length);
    this.keptStart += this.kept.length - old.length;
    this.kept = all;
  }

  /** @param end where the member's trailer ends in the file */
  private check(end: number): void {
    const at = end - TRAILER_BYTES - this.keptStart;
    if (at < 0) throw new Error('a gzip member ends early');
    const trailer = new DataView(this.kept.buffer, at, TRAILER_BYTES);
    const isSound =
      trailer.getUint32(0, true) === this.checksum &&
      trailer.getUint32(4, true) === this.length % 2 ** 32;
    if (!isSound) throw new Error('a gzip member fails its check');
    this.checksum = 0;
    this.length = 0;
  }
}
