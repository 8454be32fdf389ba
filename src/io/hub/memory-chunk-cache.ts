import { AppError } from '../../core/errors.ts';
import type { ChunkCache, KeptFile } from './chunk-cache.ts';

/** Keeps downloads as long as the page lives; where no storage is available. */
export class MemoryChunkCache implements ChunkCache {
  private readonly files = new Map<string, KeptFile>();
  private readonly chunks = new Map<string, Uint8Array<ArrayBuffer>>();

  find(key: string): Promise<KeptFile | null> {
    return Promise.resolve(this.files.get(key) ?? null);
  }

  chunk(key: string, index: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.chunks.get(chunkKey(key, index));
    if (bytes !== undefined) return Promise.resolve(bytes);
    return Promise.reject(
      new AppError('data-missing', `Chunk ${String(index)} of ${key} is not kept.`, {
        hint: 'Download the model again.',
      }),
    );
  }

  append(key: string, index: number, bytes: Uint8Array<ArrayBuffer>, file: KeptFile) {
    this.chunks.set(chunkKey(key, index), bytes);
    this.files.set(key, file);
    return Promise.resolve();
  }

  setVerified(key: string): Promise<void> {
    const file = this.files.get(key);
    if (file !== undefined) this.files.set(key, { ...file, verified: true });
    return Promise.resolve();
  }

  remove(key: string): Promise<void> {
    this.files.delete(key);
    for (const chunk of [...this.chunks.keys()]) {
      if (chunk.startsWith(`${key}\n`)) this.chunks.delete(chunk);
    }
    return Promise.resolve();
  }
}

function chunkKey(key: string, index: number): string {
  return `${key}\n${String(index)}`;
}
