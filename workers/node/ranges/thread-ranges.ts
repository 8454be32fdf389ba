import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { AppError } from '../../../src/core/errors.ts';
import type { ByteSource } from '../../../src/io/byte-source.ts';
import type { OutputFolder, SizedFile } from '../../../src/io/output-folder.ts';
import {
  localRanges,
  rangeModule,
  type LocalRangesOptions,
} from '../../../src/merge/ranges/local-ranges.ts';
import type {
  RangeFile,
  RangeHost,
  RangeSession,
} from '../../../src/merge/ranges/range-session.ts';
import type { RangeFailure } from './range-thread.ts';
import { ThreadLanes, type RangeThread } from './thread-lanes.ts';
import { WriteBack } from './write-back.ts';

export interface ThreadRangesOptions extends LocalRangesOptions {
  /** Each reads, computes and writes by itself. */
  readonly threads: number;
  readonly startThread: (module: WebAssembly.Module) => RangeThread;
}

/** Ranges on threads of Node. */
export interface ThreadRanges extends RangeHost {
  /** Starts what the next merge will need, while its recipe is still being checked. Never fails. */
  prepare(): void;
  /** Ends what no merge has taken. */
  close(): Promise<void>;
}

/**
 * Ranges on threads of Node, which read files of this machine at offsets into the memory of the
 * kernels and write from there. Sources or folders of another kind go through in this thread.
 */
export function threadRanges(options: ThreadRangesOptions): ThreadRanges {
  let prepared: Promise<readonly ThreadLanes[] | null> | null = null;
  const taken = async () => {
    const ready = await prepared?.catch(() => null);
    prepared = null;
    return ready ?? startThreads(options);
  };
  return {
    open: async (sources, output) => {
      const isLocal = sources.every(({ descriptor }) => descriptor !== undefined);
      if (!isLocal || output.createSized === undefined) {
        return localRanges(options).open(sources, output);
      }
      const threads = await taken();
      if (threads === null) return null;
      try {
        const inputs = new Map<ByteSource, number>();
        for (const source of sources) inputs.set(source, await openInput(source));
        return new ThreadSession(threads, inputs, output);
      } catch (error) {
        await endAll(threads);
        throw error;
      }
    },
    prepare: () => {
      prepared ??= startThreads(options);
      // Whoever opens a merge tries again, and is told.
      prepared.catch(() => undefined);
    },
    close: async () => {
      await endAll((await prepared?.catch(() => null)) ?? []);
      prepared = null;
    },
  };
}

/** Null where the engine has no WebAssembly SIMD. */
async function startThreads(options: ThreadRangesOptions): Promise<readonly ThreadLanes[] | null> {
  const module = await rangeModule(options);
  if (module === null) return null;
  const threads = Math.max(1, options.threads);
  return Array.from(
    { length: threads },
    () => new ThreadLanes(options.startThread(module), (failure) => unnamed(failure)),
  );
}

async function endAll(threads: readonly ThreadLanes[]): Promise<void> {
  await Promise.all(threads.map((thread) => thread.end().catch(() => undefined)));
}

function unnamed({ message }: RangeFailure): AppError {
  return new AppError('internal', message);
}

class ThreadSession implements RangeSession {
  readonly isPlaced = true;
  private readonly output: OutputFolder;
  private readonly threads: readonly ThreadLanes[];
  /** Open files that belong to their sources. */
  private readonly inputs: ReadonlyMap<ByteSource, number>;
  /** Names of files of the result that are open. */
  private readonly names = new Map<number, string>();
  private readonly flushes = new Map<number, WriteBack>();

  constructor(
    threads: readonly ThreadLanes[],
    inputs: ReadonlyMap<ByteSource, number>,
    output: OutputFolder,
  ) {
    this.output = output;
    this.inputs = inputs;
    this.threads = threads;
    for (const thread of threads) {
      thread.errorOf = (failure) => this.errorOf(failure);
      thread.onWritten = (file, bytes) => this.flushes.get(file)?.add(bytes);
    }
  }

  /** The first lanes of all threads, then the second ones: few ranges are spread over all. */
  get lanes() {
    const slots = Math.max(...this.threads.map(({ lanes }) => lanes.length));
    return Array.from({ length: slots }, (_, slot) =>
      this.threads.flatMap(({ lanes }) => lanes.slice(slot, slot + 1)),
    ).flat();
  }

  get memoryBytes(): number {
    return this.threads.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  }

  input(source: ByteSource): number {
    const file = this.inputs.get(source);
    if (file === undefined) throw new AppError('internal', `${source.path} was not opened.`);
    return file;
  }

  async create(path: string, sizeBytes: number): Promise<RangeFile> {
    const sized = await this.output.createSized?.(path, sizeBytes);
    if (sized === undefined) throw new AppError('internal', `${path} cannot be written at places.`);
    let file: number;
    try {
      file = openSync(sized.localPath, 'r+');
    } catch (cause) {
      throw cannotWrite(path, codeOf(cause), messageOf(cause));
    }
    this.names.set(file, path);
    this.flushes.set(file, new WriteBack(file));
    return this.fileOf(file, path, sized);
  }

  /** Every range has its place: nobody waits. */
  stopWriting(): void {
    return;
  }

  async close(): Promise<void> {
    await endAll(this.threads);
    for (const flush of this.flushes.values()) await flush.end().catch(() => undefined);
    this.closeFiles();
  }

  private fileOf(file: number, path: string, sized: SizedFile): RangeFile {
    return {
      number: file,
      write: async (position, bytes) => {
        try {
          for (let done = 0; done < bytes.length;) {
            done += writeSync(file, bytes, done, bytes.length - done, position + done);
          }
        } catch (cause) {
          throw cannotWrite(path, codeOf(cause), messageOf(cause));
        }
      },
      close: async () => {
        const flush = this.flushes.get(file);
        this.flushes.delete(file);
        try {
          await flush?.end();
        } catch (cause) {
          throw cannotWrite(path, codeOf(cause), messageOf(cause));
        }
        this.names.delete(file);
        closeSync(file);
        await sized.close();
      },
    };
  }

  private closeFiles(): void {
    for (const file of this.names.keys()) closeSync(file);
    this.names.clear();
  }

  private errorOf(failure: RangeFailure): AppError {
    const { code, message } = failure;
    if (failure.at === 'compute') {
      const { hint } = failure;
      const known = code === 'gpu-out-of-memory' ? code : 'internal';
      return new AppError(known, message, { hint });
    }
    const { file } = failure;
    if (failure.at === 'write') return cannotWrite(this.names.get(file) ?? 'A file', code, message);
    const source = [...this.inputs].find(([, number]) => number === file)?.[0];
    return cannotRead(source?.path ?? 'A file', message);
  }
}

/** The file that was checked, which its source has opened: another may have its name by now. */
async function openInput({ path, size, descriptor }: ByteSource): Promise<number> {
  if (descriptor === undefined) throw new AppError('internal', `${path} is no file.`);
  const file = await descriptor();
  const now = fstatSync(file).size;
  if (now !== size) throw cannotRead(path, `It had ${size} bytes and has ${now}`);
  return file;
}

function cannotRead(path: string, reason: string): AppError {
  return new AppError('data-missing', `${path} could not be read: ${reason}`, {
    hint: 'It may have been moved or changed since the merge began. Nothing of the result is left.',
    faults: [{ place: path, message: reason }],
  });
}

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

function cannotWrite(path: string, code: string, reason: string): AppError {
  const isFull = FULL.includes(code);
  const what = isFull ? `The disk is full: ${path}` : `${path} could not be written`;
  return new AppError('storage-unavailable', `${what}: ${reason}`, {
    hint: `${isFull ? 'Free disk space, or choose' : 'Choose'} another folder. Nothing of the result is left.`,
    faults: [{ place: path, message: reason }],
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
