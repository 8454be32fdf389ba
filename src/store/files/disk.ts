import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../core/errors.ts';

/** What the file store does to a disk; tests put one in its place that is full. */
export interface Disk {
  /** A new file, on the disk when this returns. */
  readonly writeFile: (path: string, bytes: Uint8Array | string) => void;
  /** More bytes at the end of a file that is there. */
  readonly appendFile: (path: string, bytes: Uint8Array) => void;
  readonly readFile: (path: string) => Uint8Array<ArrayBuffer>;
  readonly makeFolder: (path: string) => void;
  /** The entries of a folder are on the disk when this returns. */
  readonly syncFolder: (path: string) => void;
  readonly rename: (from: string, to: string) => void;
  /** A file or a folder with all that is in it; nothing when there is none. */
  readonly remove: (path: string) => void;
}

export const REAL_DISK: Disk = {
  writeFile: (path, bytes) => {
    const file = openSync(path, 'wx');
    try {
      const rest = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
      for (let at = 0; at < rest.length;) at += writeSync(file, rest, at, rest.length - at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  appendFile: (path, bytes) => {
    const file = openSync(path, 'a');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  readFile: (path) => {
    const bytes = readFileSync(path);
    // Small files come in a piece of memory that others share, large ones in memory of their own.
    return bytes.length === bytes.buffer.byteLength
      ? new Uint8Array(bytes.buffer)
      : new Uint8Array(bytes);
  },
  makeFolder,
  syncFolder: (path) => {
    // Windows opens no folders; its file system keeps the order of such changes by itself.
    if (process.platform === 'win32') return;
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  },
  rename: renameSync,
  remove: (path) => {
    rmSync(path, { recursive: true, force: true });
  },
};

/** With the folders that it lies in. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    // Node's word for a disk that is read-only; one step at a time brings the system's own.
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
}

/** The operating system's word for what went wrong: ENOENT, ENOSPC, … */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/**
 * Whether a file that is there cannot be read for a fault of its own: bad blocks, a folder or a circle
 * of links in its place, a length that no file of ours has. It is then as good as damaged.
 */
export function isUnreadable(error: unknown): boolean {
  return UNREADABLE.has(codeOf(error));
}

const UNREADABLE: ReadonlySet<string> = new Set([
  ...['EIO', 'EUCLEAN', 'EILSEQ', 'EISDIR', 'ELOOP', 'ENXIO'],
  ...['ERR_FS_FILE_TOO_LARGE', 'ERR_OUT_OF_RANGE'],
]);

/** A failure of the disk as an AppError that names the place and what to do. */
export function diskError(cause: unknown, path: string, doing: string): AppError {
  if (cause instanceof AppError) return cause;
  switch (codeOf(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new AppError('quota-exceeded', `The disk is full while ${doing} ${path}.`, {
        hint: 'Nothing half-written is kept, finished jobs are. Free some space and run again.',
        cause,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AppError('storage-unavailable', `No permission while ${doing} ${path}.`, {
        hint: 'Allow writing there or choose another folder: --store DIR, --out DIR.',
        cause,
      });
    default:
      return new AppError(
        'storage-unavailable',
        `${path} failed while ${doing}: ${cause instanceof Error ? cause.message : String(cause)}`,
        { hint: 'Finished jobs are kept. Look after the disk and run again.', cause },
      );
  }
}
