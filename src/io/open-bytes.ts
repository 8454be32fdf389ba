import { AppError } from '../core/errors.ts';
import { GzipMembers } from './archive/gunzip.ts';

/** Budgets of one file; a gzip bomb ends at whichever comes first. */
export interface ReadLimits {
  /** Bytes after decompression. */
  readonly maxBytes: number;
  /** Bytes out for bytes in of a gzip file, counted once 1 MiB came out. */
  readonly maxRatio: number;
}

export const READ_LIMITS: ReadLimits = { maxBytes: 4 * 2 ** 30, maxRatio: 200 };

const RATIO_GRACE_BYTES = 2 ** 20;

/**
 * The bytes of a file in chunks; gzip is recognised by its magic bytes, not by its name.
 * @errors data-invalid for a damaged gzip, data-missing when the file cannot be read,
 *   limit-exceeded past a limit
 */
export async function* openBytes(
  blob: Blob,
  name: string,
  onBytes: (count: number) => void,
  limits: ReadLimits = READ_LIMITS,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const gzip = (await isGzip(blob, name)) ? new GzipMembers() : null;
  let read = 0;
  let produced = 0;
  function* counted(chunks: Iterable<Uint8Array<ArrayBuffer>>) {
    for (const chunk of chunks) {
      produced += chunk.length;
      if (produced > limits.maxBytes) throw tooLarge(name, limits.maxBytes);
      if (gzip !== null && produced > RATIO_GRACE_BYTES && produced > read * limits.maxRatio) {
        throw bomb(name, limits.maxRatio);
      }
      yield chunk;
    }
  }
  const reader = blob.stream().getReader();
  try {
    for (;;) {
      const result = await reader.read().catch((cause: unknown) => {
        throw unreadable(name, cause);
      });
      if (result.done) break;
      read += result.value.length;
      onBytes(result.value.length);
      yield* counted(gzip === null ? [result.value] : checked(name, gzip.push(result.value)));
    }
    if (gzip !== null) yield* counted(checked(name, gzip.finish()));
  } finally {
    // A consumer that stops early must not leave the file open; a failed stream cannot be closed.
    await reader.cancel().catch(() => undefined);
  }
}

function* checked(name: string, chunks: Iterable<Uint8Array<ArrayBuffer>>) {
  try {
    yield* chunks;
  } catch (cause) {
    throw damaged(name, cause);
  }
}

async function isGzip(blob: Blob, name: string): Promise<boolean> {
  const head = await blob
    .slice(0, 2)
    .arrayBuffer()
    .catch((cause: unknown) => {
      throw unreadable(name, cause);
    });
  const [a, b] = new Uint8Array(head);
  return a === 0x1f && b === 0x8b;
}

function unreadable(name: string, cause: unknown): AppError {
  return new AppError('data-missing', `${name} could not be read.`, {
    hint: 'It may have been moved or changed since it was chosen: choose it again.',
    cause,
  });
}

function damaged(name: string, cause: unknown): AppError {
  return new AppError('data-invalid', `${name} is a damaged or truncated gzip file.`, {
    hint: 'Download it again and compare its size or checksum. Nothing was imported.',
    faults: [{ place: name, message: 'gzip data end early or fail their check' }],
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
