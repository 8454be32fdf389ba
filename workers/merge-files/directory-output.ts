import { AppError } from '../../src/core/errors.ts';
import { blobSource } from '../../src/io/byte-source.ts';
import type { OutputFolder } from '../../src/io/output-folder.ts';

/**
 * A folder of the browser's file system. Until `commit` the files have `.part` at the end of their
 * names; a browser that cannot rename copies them, the weights' index and the configuration last.
 * @param isResult writes into the folder itself; a step gets a new folder in it
 * @errors storage-unavailable when the folder holds files of those names already
 */
export async function directoryOutput(
  root: FileSystemDirectoryHandle,
  isResult: boolean,
): Promise<OutputFolder> {
  const stepName = isResult ? '' : await freeName(root);
  const folder = isResult ? root : await root.getDirectoryHandle(stepName, { create: true });
  const written: string[] = [];
  let open: FileSystemWritableFileStream | null = null;
  const removePart = (path: string): Promise<void> =>
    folder.removeEntry(`${path}${PART}`).catch(() => undefined);
  return {
    create: async (path) => {
      await refuseExisting(folder, path);
      const handle = await folder.getFileHandle(`${path}${PART}`, { create: true });
      written.push(path);
      const stream = await handle.createWritable();
      open = stream;
      return {
        write: (bytes) => stream.write(bytes).catch(storageFull),
        close: async () => {
          await stream.close().catch(storageFull);
          open = null;
        },
      };
    },
    sources: () =>
      Promise.all(
        written.map(async (path) => {
          const handle = await folder.getFileHandle(`${path}${PART}`);
          return blobSource(path, await handle.getFile());
        }),
      ),
    commit: async () => {
      const done: string[] = [];
      try {
        for (const path of [...written].sort(lastThings)) {
          await rename(folder, path);
          done.push(path);
        }
      } catch (error) {
        for (const path of done) await folder.removeEntry(path).catch(() => undefined);
        throw error;
      }
    },
    discard: async () => {
      await open?.abort().catch(() => undefined);
      for (const path of written) await removePart(path);
      if (!isResult) await root.removeEntry(stepName, { recursive: true }).catch(() => undefined);
    },
  };
}

const PART = '.part';

/** The folder of a step is removed in the end: it must not be one that was there before. */
async function freeName(root: FileSystemDirectoryHandle): Promise<string> {
  const taken = new Set<string>();
  for await (const name of root.keys()) taken.add(name.toLowerCase());
  let step = 1;
  while (taken.has(`step-${step}${PART}`)) step++;
  return `step-${step}${PART}`;
}

interface Movable {
  move?: (name: string) => Promise<void>;
}

async function rename(folder: FileSystemDirectoryHandle, path: string): Promise<void> {
  const part = await folder.getFileHandle(`${path}${PART}`);
  const { move } = part as Movable;
  if (move !== undefined) {
    const moved = await move.call(part, path).then(
      () => true,
      () => false,
    );
    if (moved) return;
  }
  const target = await folder.getFileHandle(path, { create: true });
  const file = await part.getFile();
  await file
    .stream()
    .pipeTo(await target.createWritable())
    .catch(storageFull);
  await folder.removeEntry(`${path}${PART}`);
}

/** A folder looks like a checkpoint from the moment that its configuration or index is there. */
function lastThings(a: string, b: string): number {
  const rank = (path: string): number =>
    path === 'config.json' ? 2 : path.endsWith('.index.json') ? 1 : 0;
  return rank(a) - rank(b);
}

async function refuseExisting(folder: FileSystemDirectoryHandle, path: string): Promise<void> {
  const found = await folder.getFileHandle(path).then(
    () => true,
    () => false,
  );
  if (!found) return;
  throw new AppError('storage-unavailable', `The folder holds ${path} already.`, {
    hint: 'Nothing was written. Choose an empty folder.',
  });
}

function storageFull(cause: unknown): never {
  throw new AppError('storage-unavailable', 'The folder could not be written.', {
    hint: 'Free disk space, or choose another folder. Nothing of the result is left.',
    cause,
  });
}
