import { close, fstatSync, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { AppError } from '../../../src/core/errors.ts';
import type { ByteSource } from '../../../src/io/byte-source.ts';

const openFile = promisify(open);
const readAt = promisify(read);
const closeFile = promisify(close);

/** What one call of the system reads at most on every platform. */
const MOST_BYTES = 2 ** 30;

/**
 * Files that are read at offsets, several reads at a time. Each is opened once, when it is first
 * read: a file that is replaced meanwhile stays the one that was checked.
 */
export class OpenFiles {
  private readonly opened = new Map<string, Promise<number>>();
  /** When files that are open were written last, as that was when they were opened. */
  private readonly written = new Map<number, { readonly path: string; readonly at: bigint }>();

  /** @param name for messages, as the model's folder lists it */
  source(path: string, name: string, size: number): ByteSource {
    return {
      path: name,
      size,
      descriptor: () =>
        this.descriptor(path).catch((cause: unknown) => {
          throw changed(name, cause);
        }),
      read: async (start, end) => {
        const bytes = new Uint8Array(end - start);
        try {
          const file = await this.descriptor(path);
          let done = 0;
          while (done < bytes.length) {
            const count = Math.min(MOST_BYTES, bytes.length - done);
            const { bytesRead } = await readAt(file, bytes, done, count, start + done);
            if (bytesRead === 0) throw changed(name);
            done += bytesRead;
          }
        } catch (cause) {
          throw cause instanceof AppError ? cause : changed(name, cause);
        }
        return bytes;
      },
    };
  }

  /** Closes a file that is read no more: the disk keeps the bytes of a removed one until then. */
  async forget(path: string): Promise<void> {
    const file = await this.opened.get(path)?.catch(() => null);
    this.opened.delete(path);
    if (typeof file !== 'number') return;
    this.written.delete(file);
    await closeFile(file);
  }

  /**
   * To be asked before what was made of these files is shown: one that is written in its place while
   * it is read gives bytes of both.
   * @param paths of those that matter; those that have not been opened are passed over
   * @errors data-missing
   */
  checkUnchanged(paths: ReadonlySet<string>): void {
    for (const [file, { path, at }] of this.written) {
      if (paths.has(path) && writtenAt(file) !== at) throw changedMeanwhile(path);
    }
  }

  /** Closes all files; no read may be under way. */
  async close(): Promise<void> {
    for (const path of [...this.opened.keys()]) await this.forget(path);
  }

  /** The open file, by its number. @errors of the system */
  descriptor(path: string): Promise<number> {
    const opened = this.opened.get(path) ?? this.open(path);
    this.opened.set(path, opened);
    return opened;
  }

  private async open(path: string): Promise<number> {
    const file = await openFile(path, 'r');
    this.written.set(file, { path, at: writtenAt(file) });
    return file;
  }
}

function writtenAt(file: number): bigint {
  return fstatSync(file, { bigint: true }).mtimeNs;
}

function changedMeanwhile(path: string): AppError {
  return new AppError('data-missing', `${path} was written to while it was read.`, {
    hint: 'Merge again when it is complete. Nothing of the result is left.',
    faults: [{ place: path, message: 'changed during the merge' }],
  });
}

function changed(name: string, cause?: unknown): AppError {
  return new AppError('data-missing', `${name} could not be read.`, {
    hint: 'It may have been moved or changed since the merge began. Nothing was written.',
    ...(cause === undefined ? {} : { cause }),
  });
}
