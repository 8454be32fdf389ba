import type { ByteSource } from '../../io/byte-source.ts';
import type { OutputFolder } from '../../io/output-folder.ts';
import type { CopyTask, RangeDone, RangeTask } from './range-task.ts';

/** What runs the ranges of merges: threads with files of their own, or this thread. */
export interface RangeHost {
  /**
   * Makes ready for one merge; null where this machine cannot (no WebAssembly SIMD).
   * @errors data-missing when a source is no longer what it was
   */
  open(sources: readonly ByteSource[], output: OutputFolder): Promise<RangeSession | null>;
}

/** One merge. */
export interface RangeSession {
  /** Tasks of one lane run one after the other, lanes side by side. */
  readonly lanes: readonly RangeLane[];
  /** True where ranges of a file may be written in any order. */
  readonly isPlaced: boolean;
  /** Bytes of memory that all lanes have now. */
  readonly memoryBytes: number;
  /** Number of a source in tasks. */
  input(source: ByteSource): number;
  /** A file of the result. @errors storage-unavailable, quota-exceeded */
  create(path: string, sizeBytes: number): Promise<RangeFile>;
  /** From now on nothing needs to be written: the result is lost. Nobody waits for a turn then. */
  stopWriting(): void;
  /** Ends threads and closes files. Never fails. */
  close(): Promise<void>;
}

/** A file of the result. */
export interface RangeFile {
  /** In tasks. */
  readonly number: number;
  /** Bytes that no lane writes, each at its place; in order where the session is not placed. */
  write(position: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

export interface RangeLane {
  /** The region of memory that its tasks use. */
  readonly slot: number;
  /** @errors data-missing, storage-unavailable, quota-exceeded, worker-died, gpu-out-of-memory */
  run(task: RangeTask | CopyTask): Promise<RangeDone>;
}
