import { AppError } from '../core/errors.ts';

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
  const gzip = await isGzip(blob, name);
  let read = 0;
  let produced = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      read += chunk.length;
      onBytes(chunk.length);
      controller.enqueue(chunk);
    },
  });
  const counted = blob.stream().pipeThrough(counter);
  const stream = gzip ? counted.pipeThrough(new DecompressionStream('gzip')) : counted;
  const reader = stream.getReader();
  try {
    for (;;) {
      const result = await reader.read().catch((cause: unknown) => {
        throw readError(name, gzip, cause);
      });
      if (result.done) return;
      produced += result.value.length;
      if (produced > limits.maxBytes) throw tooLarge(name, limits.maxBytes);
      if (gzip && produced > RATIO_GRACE_BYTES && produced > read * limits.maxRatio) {
        throw bomb(name, limits.maxRatio);
      }
      yield result.value;
    }
  } finally {
    // A consumer that stops early must not leave the file open; a failed stream cannot be closed.
    await reader.cancel().catch(() => undefined);
  }
}

async function isGzip(blob: Blob, name: string): Promise<boolean> {
  const head = await blob
    .slice(0, 2)
    .arrayBuffer()
    .catch((cause: unknown) => {
      throw readError(name, false, cause);
    });
  const [a, b] = new Uint8Array(head);
  return a === 0x1f && b === 0x8b;
}

function readError(name: string, gzip: boolean, cause: unknown): AppError {
  const gone =
    cause instanceof DOMException &&
    (cause.name === 'NotReadableError' || cause.name === 'NotFoundError');
  if (gone || !gzip) {
    return new AppError('data-missing', `${name} could not be read.`, {
      hint: 'It may have been moved or changed since it was chosen: choose it again.',
      cause,
    });
  }
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
