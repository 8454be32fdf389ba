import { AppError } from '../core/errors.ts';
import { GzipMembers } from './archive/gunzip.ts';
import { EntryReader } from './archive/zip-entry.ts';
import type { ZipEntry } from './archive/zip-entry.ts';
import { joinBytes } from './join-bytes.ts';

/** Budgets of one file; a gzip bomb ends at whichever comes first. */
export interface ReadLimits {
  /** Bytes after decompression. */
  readonly maxBytes: number;
  /** Bytes out for bytes in of a gzip file, counted once 1 MiB came out. */
  readonly maxRatio: number;
}

const READ_LIMITS: ReadLimits = { maxBytes: 4 * 2 ** 30, maxRatio: 200 };

const RATIO_GRACE_BYTES = 2 ** 20;
/** A chunk grows at most about a thousandfold; a bomb is noticed between two of them. */
const ENTRY_CHUNK_BYTES = 2 ** 17;

/** A file by itself or in a zip. */
export type FileContent = Blob | ZipEntry;

/** Bytes on the disk. */
export function packedSize(content: FileContent): number {
  return content instanceof Blob ? content.size : content.packed.size;
}

/**
 * The bytes of a file in chunks; gzip is recognised by its magic bytes, not by its name, and a file
 * of a zip is unpacked on the way.
 * @errors data-invalid for a damaged gzip or zip, data-missing when the file cannot be read,
 *   limit-exceeded past a limit
 */
export async function* openBytes(
  content: FileContent,
  name: string,
  onBytes: (count: number) => void,
  limits: ReadLimits = READ_LIMITS,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  let read = 0;
  let produced = 0;
  const isPacked = !(content instanceof Blob);
  const chunks = fileChunks(content, name, (count) => {
    read += count;
    onBytes(count);
  });
  let gzip: GzipMembers | null | undefined;
  const counted = (chunk: Uint8Array<ArrayBuffer>) => {
    produced += chunk.length;
    if (produced > limits.maxBytes) throw tooLarge(name, limits.maxBytes);
    if (gzip === null && !isPacked) return chunk;
    if (produced > RATIO_GRACE_BYTES && produced > read * limits.maxRatio) {
      throw bomb(name, limits.maxRatio);
    }
    return chunk;
  };
  let head = new Uint8Array(0);
  for await (const chunk of chunks) {
    head = joinBytes(head, chunk);
    if (gzip === undefined && head.length < 2) continue;
    if (gzip === undefined) gzip = isGzip(head) ? new GzipMembers() : null;
    if (gzip === null) yield counted(head);
    else for (const part of checked(name, 'gzip', gzip.push(head))) yield counted(part);
    head = new Uint8Array(0);
  }
  if (head.length > 0) yield counted(head);
  if (gzip) for (const part of checked(name, 'gzip', gzip.finish())) yield counted(part);
}

/** The chunks of a file as it is, or out of its zip. */
async function* fileChunks(
  content: FileContent,
  name: string,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  if (content instanceof Blob) {
    yield* blobChunks(content, name, onBytes);
    return;
  }
  const reader = new EntryReader(content);
  for await (const chunk of blobChunks(content.packed, name, onBytes)) {
    for (let start = 0; start < chunk.length; start += ENTRY_CHUNK_BYTES) {
      const part = chunk.slice(start, start + ENTRY_CHUNK_BYTES);
      yield* unpacked(name, () => reader.push(part));
    }
  }
  yield* unpacked(name, () => reader.finish());
}

async function* blobChunks(
  blob: Blob,
  name: string,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const reader = blob.stream().getReader();
  try {
    for (;;) {
      const result = await reader.read().catch((cause: unknown) => {
        throw unreadable(name, cause);
      });
      if (result.done) return;
      onBytes(result.value.length);
      yield result.value;
    }
  } finally {
    // A consumer that stops early must not leave the file open; a failed stream cannot be closed.
    await reader.cancel().catch(() => undefined);
  }
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

function* checked(name: string, format: string, chunks: Iterable<Uint8Array<ArrayBuffer>>) {
  try {
    yield* chunks;
  } catch (cause) {
    throw damaged(name, format, cause);
  }
}

function unpacked(name: string, action: () => Uint8Array<ArrayBuffer>[]) {
  try {
    return action();
  } catch (cause) {
    throw damaged(name, 'zip', cause);
  }
}

function unreadable(name: string, cause: unknown): AppError {
  return new AppError('data-missing', `${name} could not be read.`, {
    hint: 'It may have been moved or changed since it was chosen: choose it again.',
    cause,
  });
}

function damaged(name: string, format: string, cause: unknown): AppError {
  return new AppError('data-invalid', `${name} is a damaged or truncated ${format} file.`, {
    hint: 'Download it again and compare its size or checksum. Nothing was imported.',
    faults: [{ place: name, message: `${format} data end early or fail their check` }],
    cause,
  });
}

function tooLarge(name: string, maxBytes: number): AppError {
  return new AppError('limit-exceeded', `${name} holds more than ${String(maxBytes)} bytes.`, {
    hint: 'Cut the file into parts or keep only the columns that are needed.',
  });
}

function bomb(name: string, maxRatio: number): AppError {
  return new AppError(
    'limit-exceeded',
    `${name} unpacks to more than ${String(maxRatio)} times its size.`,
    { hint: 'Real logs do not compress that far. If it is genuine, unpack it first.' },
  );
}
