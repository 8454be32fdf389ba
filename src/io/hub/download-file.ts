import { crc32 } from '../../core/crc32.ts';
import { AppError } from '../../core/errors.ts';
import { Sha256 } from '../../core/sha256.ts';
import { isIntact } from './chunk-cache.ts';
import type { ChunkCache, KeptFile } from './chunk-cache.ts';
import { hubRequest, TransientFailure, withRetries } from './hub-request.ts';
import type { HubConnection } from './hub-request.ts';

/** A file of a model on a hub. */
export interface HubFile {
  readonly name: string;
  /** Address, pinned to a commit. */
  readonly url: string;
  /** Key in the cache. */
  readonly key: string;
  readonly size: number;
  /** Of large files; null where the server gives none, then only the size is checked. */
  readonly sha256: string | null;
}

export interface DownloadOptions {
  readonly chunkBytes: number;
  readonly signal?: AbortSignal;
  /** Bytes of this file that are there. */
  readonly onProgress?: (done: number) => void;
  /** A file that was whole is damaged: it comes anew. */
  readonly onDamage?: (name: string) => void;
}

/**
 * Downloads a file into the cache, continuing what is kept. A server that ignores the range, or
 * whose file has changed, makes it start over. `If-Range` is not sent: it would need a preflight
 * that file servers refuse; the validator is compared here and the checksum at the end.
 * @errors network-failed when it breaks off (details: kept, size), checksum-mismatch when the whole
 *   is wrong (what was kept is thrown away), access-denied, not-found, rate-limited, aborted
 */
export async function downloadFile(
  connection: HubConnection,
  cache: ChunkCache,
  file: HubFile,
  options: DownloadOptions,
): Promise<KeptFile> {
  const { key, size } = file;
  const before = await cache.find(key);
  const isOther = before?.size !== size || before.sha256 !== (file.sha256 ?? before.sha256);
  if (before !== null && isOther) await cache.remove(key);
  else if (cache.isReadDirectly === true && before?.verified === true) {
    if (!(await isWhole(cache, key, before, options.signal))) {
      await cache.remove(key);
      options.onDamage?.(file.name);
    }
  }
  let furthest = 0;
  await withRetries(
    connection,
    async (madeProgress) => {
      if ((await cache.find(key))?.kept === size) return;
      await continueDownload(connection, cache, file, options, (done) => {
        // A server that starts over each time would otherwise be asked for ever.
        if (done > furthest) madeProgress();
        furthest = Math.max(furthest, done);
        options.onProgress?.(done);
      });
    },
    options.signal,
  ).catch(async (error: unknown) => {
    throw await withKept(error, file, cache);
  });
  const whole = await cache.find(key);
  if (whole === null) throw new AppError('data-missing', `${file.name} was removed meanwhile.`);
  if (!whole.verified) await verify(cache, file, whole, options.signal);
  options.onProgress?.(size);
  return { ...whole, verified: true };
}

async function continueDownload(
  connection: HubConnection,
  cache: ChunkCache,
  file: HubFile,
  options: DownloadOptions,
  onChunk: (done: number) => void,
): Promise<void> {
  const { key, size, name, url } = file;
  const { signal } = options;
  let state = await cache.find(key);
  const response = await hubRequest(connection, url, name, {
    headers: state === null ? {} : { Range: `bytes=${String(state.kept)}-` },
    ...(signal === undefined ? {} : { signal }),
  });
  const etag = response.headers.get('etag');
  if (state !== null && !continues(response, state, etag)) {
    await cache.remove(key);
    state = null;
    if (response.status !== 200) {
      await response.body?.cancel().catch(() => undefined);
      throw new TransientFailure(brokenOff(file, 'the file changed on the server'), 0);
    }
  }
  const chunkBytes = state?.chunkBytes ?? options.chunkBytes;
  const sha256 = file.sha256 ?? state?.sha256 ?? linkedChecksum(response);
  const fixed = { size, etag, sha256, chunkBytes, verified: false };
  let done = state?.kept ?? 0;
  // What an older version began goes on without.
  const hasSums = state?.sums !== undefined || state === null;
  const sums = [...(state?.sums ?? [])];
  for await (const bytes of chunksOf(response, file, chunkBytes, size - done)) {
    signal?.throwIfAborted();
    const index = Math.floor(done / chunkBytes);
    done += bytes.length;
    sums.push(crc32(bytes));
    const known = hasSums ? { sums: [...sums] } : {};
    await cache.append(key, index, bytes, { ...fixed, ...known, kept: done });
    onChunk(done);
  }
  if (size === 0) await cache.append(key, 0, new Uint8Array(0), { ...fixed, kept: 0 });
}

/** The checksum of a large file that mirrors put in the header; elsewhere a redirect hides it. */
function linkedChecksum(response: Response): string | null {
  const match = /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(response.headers.get('x-linked-etag') ?? '');
  return match?.[1] ?? null;
}

/** True when the answer carries on exactly where the kept part ends. */
function continues(response: Response, state: KeptFile, etag: string | null): boolean {
  if (response.status !== 206) return false;
  if (etag !== null && state.etag !== null && etag !== state.etag) return false;
  // Not readable across origins unless the server exposes it; then the checksum decides.
  const range = response.headers.get('content-range');
  return range === null || range.startsWith(`bytes ${String(state.kept)}-`);
}

/** The body in chunks of `chunkBytes`; the last one may be shorter. */
async function* chunksOf(
  response: Response,
  file: HubFile,
  chunkBytes: number,
  expected: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const reader = response.body?.getReader();
  let chunk = new Uint8Array(Math.min(chunkBytes, expected));
  let filled = 0;
  let left = expected;
  try {
    for (;;) {
      const part = await reader?.read().catch((cause: unknown) => {
        throw new TransientFailure(brokenOff(file, 'the connection broke', cause));
      });
      if (part === undefined || part.done) break;
      if (part.value.length > left) throw wrongContent(file, 'is longer than announced');
      left -= part.value.length;
      for (let at = 0; at < part.value.length;) {
        const count = Math.min(chunk.length - filled, part.value.length - at);
        chunk.set(part.value.subarray(at, at + count), filled);
        filled += count;
        at += count;
        if (filled < chunk.length) continue;
        yield chunk;
        chunk = new Uint8Array(Math.min(chunkBytes, left + part.value.length - at));
        filled = 0;
      }
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
  if (left > 0) throw new TransientFailure(brokenOff(file, 'the server ended early'));
}

/** Whether a verified file still is what was downloaded. */
async function isWhole(
  cache: ChunkCache,
  key: string,
  file: KeptFile,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let index = 0; index * file.chunkBytes < file.kept; index++) {
    signal?.throwIfAborted();
    if (!isIntact(file, index, await cache.chunk(key, index))) return false;
  }
  return true;
}

async function verify(
  cache: ChunkCache,
  file: HubFile,
  kept: KeptFile,
  signal?: AbortSignal,
): Promise<void> {
  if (kept.sha256 !== null) {
    const hash = new Sha256();
    for (let start = 0; start < kept.size; start += kept.chunkBytes) {
      signal?.throwIfAborted();
      hash.update(await cache.chunk(file.key, start / kept.chunkBytes));
    }
    if (hash.hex() !== kept.sha256) {
      await cache.remove(file.key);
      throw wrongContent(file, 'has another SHA-256 than the server states');
    }
  }
  await cache.setVerified(file.key);
}

function wrongContent(file: HubFile, what: string): AppError {
  return new AppError('checksum-mismatch', `${file.name} ${what}.`, {
    hint: 'The download was thrown away: start it again, or use another server.',
    faults: [{ place: file.name, message: what }],
  });
}

function brokenOff(file: HubFile, why: string, cause?: unknown): AppError {
  return new AppError('network-failed', `The download of ${file.name} broke off: ${why}.`, {
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A network error, with how much is kept. */
async function withKept(error: unknown, file: HubFile, cache: ChunkCache): Promise<unknown> {
  if (!(error instanceof AppError)) return error;
  if (error.code === 'checksum-mismatch') await cache.remove(file.key);
  if (error.code !== 'network-failed') return error;
  const kept = (await cache.find(file.key))?.kept ?? 0;
  const inMegabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return new AppError('network-failed', error.message, {
    hint: `${inMegabytes(kept)} of ${inMegabytes(file.size)} MB are kept: start again to continue there. ${error.hint}`,
    details: { ...error.details, kept, size: file.size },
    cause: error.cause ?? error,
  });
}
