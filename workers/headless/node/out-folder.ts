import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskError, REAL_DISK, type Disk } from '../../../src/store/files/disk.ts';
import { tempName } from '../../../src/store/files/file-store.ts';
import { refuseLinks } from '../../../src/store/files/links.ts';
import { leftovers } from '../../../src/store/files/open-file-store.ts';
import type { OutFolder } from '../headless-outputs.ts';

/** The out folder of a run in Node: what stands in it under its name is whole. */
export function nodeOutFolder(root: string, disk: Disk = REAL_DISK): OutFolder {
  let count = 0;
  const swept = new Set<string>();
  /** What a killed run left half-written is made anew by this one. */
  const sweep = (folder: string): void => {
    if (swept.has(folder)) return;
    swept.add(folder);
    for (const name of leftovers(folder)) {
      if (name.startsWith('.part.')) disk.remove(join(folder, name));
    }
  };
  const place = async (
    path: string,
    fill: (partial: string) => void | Promise<void>,
  ): Promise<void> => {
    const target = join(root, path);
    const partial = join(dirname(target), `.${tempName('part', ++count)}`);
    const old = `${partial}.old`;
    try {
      refuseLinks(root, target);
      disk.makeFolder(dirname(target));
      sweep(dirname(target));
      await fill(partial);
      const isThere = existsSync(target);
      if (isThere) disk.rename(target, old);
      try {
        disk.rename(partial, target);
      } catch (cause) {
        if (isThere) disk.rename(old, target);
        throw cause;
      }
    } catch (cause) {
      throw diskError(cause, target, 'writing');
    } finally {
      disk.remove(partial);
      disk.remove(old);
    }
  };
  return {
    writeFile: (path, content) =>
      place(path, (partial) => {
        disk.writeFile(partial, content);
      }),
    writeFolder: (path, pieces) =>
      place(path, async (partial) => {
        disk.makeFolder(partial);
        let open = '';
        for await (const piece of pieces) {
          const target = join(partial, piece.path);
          if (piece.path === open) {
            disk.appendFile(target, piece.bytes);
            continue;
          }
          open = piece.path;
          disk.makeFolder(dirname(target));
          disk.writeFile(target, piece.bytes);
        }
      }),
  };
}
