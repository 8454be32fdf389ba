import { open, truncate, type FileHandle } from 'node:fs/promises';
import { AppError, toAppError } from '../../../src/core/errors.ts';
import type { OutputFolder } from '../../../src/io/output-folder.ts';
import type { OpenFiles } from './open-files.ts';
import type { PartFolder } from './part-folder.ts';

/**
 * A result or a step that this program writes itself, in the folder beside the target.
 * @param files reads what was written, for the steps that follow
 * @param inputs paths of what it is made of, which `files` has opened
 * @errors storage-unavailable
 */
export async function partOutput(
  part: PartFolder,
  isResult: boolean,
  files: OpenFiles,
  inputs: ReadonlySet<string> = new Set(),
): Promise<OutputFolder> {
  const output = writing(() => part.open(isResult));
  const sizes = new Map<string, number>();
  let current: FileHandle | null = null;
  const pathOf = (name: string): string => part.pathOf(output, name) ?? '';
  return {
    create: async (name) => {
      writing(() => {
        part.create(output, name);
      });
      const file = await open(pathOf(name), 'r+').catch(failed);
      current = file;
      let size = 0;
      return {
        write: async (bytes) => {
          await writeWhole(file, bytes, size).catch(failed);
          size += bytes.length;
        },
        close: async () => {
          current = null;
          await file.close().catch(failed);
          sizes.set(name, size);
        },
      };
    },
    createSized: async (name, sizeBytes) => {
      writing(() => {
        part.create(output, name);
      });
      const localPath = pathOf(name);
      await truncate(localPath, sizeBytes).catch(failed);
      return {
        localPath,
        close: async () => {
          sizes.set(name, sizeBytes);
        },
      };
    },
    sources: async () => [...sizes].map(([name, size]) => files.source(pathOf(name), name, size)),
    commit: async () => {
      files.checkUnchanged(inputs);
      writing(() => {
        part.commit(output);
      });
    },
    discard: async () => {
      await current?.close().catch(() => undefined);
      current = null;
      try {
        for (const name of sizes.keys()) await files.forget(pathOf(name));
        part.discard(output);
      } catch {
        // It is gone, or the whole folder is removed when the program ends.
      }
    },
  };
}

async function writeWhole(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

function writing<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    return failed(cause);
  }
}

const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

function failed(cause: unknown): never {
  const isFull = cause instanceof Error && 'code' in cause && FULL.includes(cause.code);
  const advice = isFull ? 'Free disk space, or choose' : 'Choose';
  throw new AppError('storage-unavailable', `Writing failed: ${toAppError(cause).message}`, {
    hint: `${advice} another folder with --out. Nothing of the result is left.`,
    cause,
  });
}
