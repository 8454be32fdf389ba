import type { ByteSource } from './byte-source.ts';

/** A file that is being written, from its beginning to its end. */
export interface OutputFile {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

/** A file of this machine that threads write at any place; its size is fixed. */
export interface SizedFile {
  readonly localPath: string;
  /** All bytes are written. */
  close(): Promise<void>;
}

/**
 * A folder that appears as a whole or not at all: until `commit` its files lie under names that
 * nobody mistakes for a checkpoint, and `discard` takes them away.
 */
export interface OutputFolder {
  /** A new file; one may be open at a time. */
  create(path: string): Promise<OutputFile>;
  /** The same for a file of this machine, where folder and host allow it. */
  createSized?(path: string, sizeBytes: number): Promise<SizedFile>;
  /** The files closed so far, to be read again. */
  sources(): Promise<readonly ByteSource[]>;
  /** Gives the files their names. */
  commit(): Promise<void>;
  /** Removes what was written. Never fails. */
  discard(): Promise<void>;
}
