import { AppError } from '../core/errors.ts';
import { parsePythonJson } from './python-json.ts';
import { KIND_BYTES, refuseOtherKind } from './file-kind.ts';

/** A file whose bytes are read where they are needed. */
export interface ByteSource {
  /** Path, for messages and to find the files of a folder. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Why it cannot be read, to stand after its path; see `brokenSource`. */
  readonly problem?: string;
  /**
   * The open file of this machine that `read` reads, by number, for threads that read it themselves;
   * absent elsewhere. Who gave the source closes it.
   */
  readonly descriptor?: () => Promise<number>;
  /**
   * Exactly the bytes [start, end).
   * @errors data-missing when the file has changed, vanished or is shorter
   */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A chosen or stored file; nothing is read before it is asked for. */
export function blobSource(path: string, blob: Blob): ByteSource {
  return {
    path,
    size: blob.size,
    async read(start, end) {
      const buffer = await blob
        .slice(start, end)
        .arrayBuffer()
        .catch((cause: unknown) => {
          throw unreadable(path, cause);
        });
      if (buffer.byteLength !== end - start) throw unreadable(path);
      return new Uint8Array(buffer);
    },
  };
}

/** Bytes that are in memory already; reads are views of them. */
export function bytesSource(path: string, bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    path,
    size: bytes.length,
    read(start, end) {
      if (start < 0 || end > bytes.length) return Promise.reject(unreadable(path));
      return Promise.resolve(bytes.subarray(start, end));
    },
  };
}

/**
 * A whole text file, such as config.json.
 * @errors limit-exceeded over `maxBytes`, data-invalid when it is not UTF-8 or plainly something
 *   else (a Git LFS pointer, a web page), data-missing
 */
export async function readTextSource(source: ByteSource, maxBytes: number): Promise<string> {
  const { path, size } = source;
  if (size > maxBytes) {
    throw new AppError(
      'limit-exceeded',
      `${path} is ${String(size)} bytes long, over ${String(maxBytes)}.`,
      { hint: 'Is this the right file? Nothing was loaded.' },
    );
  }
  const bytes = await source.read(0, size);
  refuseOtherKind(path, bytes.subarray(0, KIND_BYTES));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('data-invalid', `${path} is not UTF-8 text.`, {
      hint: 'Download it again. Nothing was loaded.',
      faults: [{ place: path, message: 'not UTF-8' }],
      cause,
    });
  }
}

/**
 * A JSON file that holds an object.
 * @errors as readTextSource, and data-invalid for anything else
 */
export async function readJsonSource(
  source: ByteSource,
  maxBytes: number,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readTextSource(source, maxBytes);
  let value: unknown = null;
  let message = 'no JSON object';
  let cause: unknown;
  try {
    value = parsePythonJson(text);
  } catch (error) {
    cause = error;
    message = error instanceof Error ? error.message : message;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new AppError('data-invalid', `${source.path} is no JSON object.`, {
    hint: 'Download it again. Nothing was loaded.',
    faults: [{ place: source.path, message }],
    ...(cause === undefined ? {} : { cause }),
  });
}

function unreadable(path: string, cause?: unknown): AppError {
  return new AppError('data-missing', `${path} could not be read.`, {
    hint: 'It may have been moved or changed since it was chosen: choose it again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
