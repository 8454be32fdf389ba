import { crc32 } from '../../core/crc32.ts';
import { AppError } from '../../core/errors.ts';

/** What is kept of a download. */
export interface KeptFile {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Validator of the server when the download began; null where it gives none. */
  readonly etag: string | null;
  /** Checksum that the server states; null where it gives none. */
  readonly sha256: string | null;
  /** All chunks but the last have this length. */
  readonly chunkBytes: number;
  /** Bytes kept from the beginning: whole chunks, or all of the file. */
  readonly kept: number;
  /** True once the file is whole and its checksum was right. */
  readonly verified: boolean;
  /**
   * CRC-32 of each chunk as it came: what the disk gives back later is held against them. Absent in
   * what older versions kept.
   */
  readonly sums?: readonly number[];
}

/** Whether a chunk is the one that was kept; older entries cannot tell. */
export function isIntact(file: KeptFile, index: number, bytes: Uint8Array): boolean {
  const sum = file.sums?.[index];
  return sum === undefined || sum === crc32(bytes);
}

/** What a damaged chunk means. The file has to be removed from the cache before. */
export function damaged(name: string): AppError {
  return new AppError('checksum-mismatch', `${name} was damaged since it was downloaded.`, {
    hint: 'Nothing was loaded and the damaged file was removed: open the model again to download it.',
    faults: [{ place: name, message: 'has other bytes than those that were downloaded' }],
  });
}

/**
 * Keeps downloads in chunks, so that they outlive the page and are never in memory as a whole. The
 * store implements it on IndexedDB.
 */
export interface ChunkCache {
  /** True where files are read past the cache: then only opening them can find damage. */
  readonly isReadDirectly?: boolean;
  /** null when nothing is kept under the key. */
  find(key: string): Promise<KeptFile | null>;
  /** @errors data-missing when the chunk is not kept */
  chunk(key: string, index: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Keeps a chunk and the state that goes with it in one transaction.
   * @errors quota-exceeded; what was kept before stays
   */
  append(key: string, index: number, bytes: Uint8Array<ArrayBuffer>, file: KeptFile): Promise<void>;
  /** Marks a whole file as verified. */
  setVerified(key: string): Promise<void>;
  remove(key: string): Promise<void>;
}
