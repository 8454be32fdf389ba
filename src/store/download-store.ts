import { AppError } from '../core/errors.ts';
import { damaged, isIntact } from '../io/hub/chunk-cache.ts';
import type { ChunkCache, KeptFile } from '../io/hub/chunk-cache.ts';
import { IdbStore } from './idb-store.ts';
import type { KeyValueStore } from './key-value.ts';
import { MemoryStore } from './memory-store.ts';

/** What is known of a kept file, with its key. */
export interface KeptDownload extends KeptFile {
  readonly key: string;
}

/**
 * Downloads in chunks. A chunk is a Blob: browsers keep those in files, so that a model of
 * gigabytes is put together without being in memory.
 */
export class DownloadStore implements ChunkCache {
  private readonly store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.store = store;
  }

  /** The browser's storage; memory, until the page is closed, where there is none. */
  static async open(name = 'mmgrid-downloads'): Promise<DownloadStore> {
    try {
      return new DownloadStore(await IdbStore.open(name));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'storage-unavailable') throw error;
      return new DownloadStore(new MemoryStore());
    }
  }

  /** True once the browser's storage was closed under us: it has to be opened anew. */
  get isEnded(): boolean {
    return this.store.ended?.aborted === true;
  }

  async find(key: string): Promise<KeptFile | null> {
    const found = await this.value(fileKey(key));
    return isKept(found) ? found : null;
  }

  async chunk(key: string, index: number): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = await this.value(chunkKey(key, index));
    const bytes = chunk instanceof Blob ? await bytesOf(chunk) : null;
    if (bytes === null) throw missing(key);
    return bytes;
  }

  /** What cannot be read is not kept: it is downloaded again. */
  private async value(key: string): Promise<unknown> {
    try {
      return (await this.store.getMany([key]))[0];
    } catch (error) {
      if (error instanceof AppError && error.code === 'checkpoint-corrupt') return undefined;
      throw error;
    }
  }

  async append(
    key: string,
    index: number,
    bytes: Uint8Array<ArrayBuffer>,
    file: KeptFile,
  ): Promise<void> {
    const download: KeptDownload = { ...file, key };
    await this.store.write(
      [],
      [
        [chunkKey(key, index), new Blob([bytes])],
        [fileKey(key), download],
      ],
    );
  }

  async setVerified(key: string): Promise<void> {
    const file = await this.find(key);
    if (file !== null) await this.store.write([], [[fileKey(key), { ...file, verified: true }]]);
  }

  async remove(key: string): Promise<void> {
    await this.store.write([fileKey(key), chunkPrefix(key)], []);
  }

  /**
   * A whole file; its bytes are read where they are asked for.
   * @errors data-missing when it was removed meanwhile or is not whole, checksum-mismatch when a chunk
   *   is not what was kept (the file is then removed)
   */
  async blob(key: string): Promise<Blob> {
    const file = await this.find(key);
    if (file === null || file.kept !== file.size) throw missing(key);
    const found = await this.store.getPrefix(chunkPrefix(key));
    const chunks = found.filter((chunk) => chunk instanceof Blob);
    const blob = new Blob(chunks);
    if (blob.size !== file.size) throw missing(key);
    for (const [index, chunk] of chunks.entries()) {
      const bytes = await bytesOf(chunk);
      if (bytes !== null && isIntact(file, index, bytes)) continue;
      await this.remove(key);
      throw damaged(key);
    }
    return blob;
  }

  /** Everything that is kept, by key. */
  async list(): Promise<readonly KeptDownload[]> {
    return (await this.store.getPrefix('file\n')).filter(isKept);
  }

  close(): void {
    this.store.close();
  }
}

/** The closing line break keeps one key from being a prefix of another in a range. */
function fileKey(key: string): string {
  return `file\n${key}\n`;
}

function chunkPrefix(key: string): string {
  return `chunk\n${key}\n`;
}

/** Of one length, so that their order is that of the file. */
function chunkKey(key: string, index: number): string {
  return `${chunkPrefix(key)}${String(index).padStart(8, '0')}`;
}

/** What is not of this form counts as not kept. */
function isKept(value: unknown): value is KeptDownload {
  if (typeof value !== 'object' || value === null) return false;
  const {
    key,
    size,
    kept,
    chunkBytes,
    verified,
    sums = [],
  } = value as Partial<Record<keyof KeptDownload, unknown>>;
  return (
    typeof key === 'string' &&
    [size, kept, chunkBytes].every((count) => Number.isSafeInteger(count) && Number(count) >= 0) &&
    Number(chunkBytes) > 0 &&
    Number(kept) <= Number(size) &&
    typeof verified === 'boolean' &&
    Array.isArray(sums)
  );
}

/** null where the file that the browser keeps them in is gone or cut. */
async function bytesOf(chunk: Blob): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await chunk.arrayBuffer());
  } catch {
    return null;
  }
}

function missing(key: string): AppError {
  return new AppError('data-missing', `A part of ${key} is no longer kept.`, {
    hint: 'Nothing was loaded. Download the model again.',
  });
}
