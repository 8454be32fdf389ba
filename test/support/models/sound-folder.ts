import type { Fault } from '../../../src/core/errors.ts';
import { bytesSource } from '../../../src/io/byte-source.ts';
import { checkFolder } from '../../../src/merge/check/check-folder.ts';

interface WrittenFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Whatever does not agree in the model folders among these files. */
export async function faultsOfFolders(files: readonly WrittenFile[]): Promise<readonly Fault[]> {
  const folders = new Set(
    files.filter(({ path }) => path.endsWith('config.json')).map(({ path }) => folderOf(path)),
  );
  if (folders.size === 0) throw new Error('There is no model.');
  const checks = await Promise.all(
    [...folders].map((folder) =>
      checkFolder(
        files
          .filter(({ path }) => folderOf(path) === folder)
          .map(({ path, bytes }) => bytesSource(path, bytes)),
      ),
    ),
  );
  return checks.flatMap(({ faults }) => faults);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
