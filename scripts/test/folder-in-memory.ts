import { accessSync, constants, existsSync, statfsSync } from 'node:fs';

/** Where Linux keeps files in memory. */
const IN_MEMORY = '/dev/shm';
/** What the tests of programs have there at a time, generously. */
const ROOM_BYTES = 2 * 2 ** 30;

/**
 * A folder in memory for the temporary files of tests, where the system has one with room; null elsewhere. Stores sync
 * every job: on a disk that is most of what a small run waits for.
 */
export function folderInMemory(path = IN_MEMORY, free = freeBytes): string | null {
  if (!existsSync(path)) return null;
  try {
    accessSync(path, constants.W_OK);
  } catch {
    return null;
  }
  return free(path) < ROOM_BYTES ? null : path;
}

/** What a program may still write there. */
function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
