import type { ByteSource } from '../byte-source.ts';
import { damaged, isIntact } from './chunk-cache.ts';
import type { ChunkCache, KeptFile } from './chunk-cache.ts';

/**
 * A downloaded file as a source; one chunk at a time is in memory.
 * @errors checksum-mismatch where a chunk is not what was kept; the file is then removed
 */
export function cachedSource(
  path: string,
  key: string,
  file: KeptFile,
  cache: ChunkCache,
): ByteSource {
  let held: { readonly index: number; readonly bytes: Uint8Array<ArrayBuffer> } | null = null;
  return {
    path,
    size: file.size,
    async read(start, end) {
      const out = new Uint8Array(end - start);
      let at = start;
      while (at < end) {
        const index = Math.floor(at / file.chunkBytes);
        if (held?.index !== index) {
          const bytes = await cache.chunk(key, index);
          if (!isIntact(file, index, bytes)) {
            await cache.remove(key);
            throw damaged(path);
          }
          held = { index, bytes };
        }
        const from = at - index * file.chunkBytes;
        const part = held.bytes.subarray(from, from + end - at);
        // A chunk shorter than it should be would loop for ever.
        if (part.length === 0) throw new RangeError(`${path}: byte ${String(at)} is not kept`);
        out.set(part, at - start);
        at += part.length;
      }
      return out;
    },
  };
}
