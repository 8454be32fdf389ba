import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { REAL_DISK, type Disk } from '../../../src/store/files/disk.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { freshFolder } from '../../support/fresh-folder.ts';

/* What is in its place survives a power cut: all of it is on the disk before the rename. */

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

/** The real disk; what is asked of it, and each of the system's own syncs, are noted in order. */
function recordedDisk(calls: string[]): Disk {
  const sync = fs.fsyncSync;
  vi.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
    calls.push('fsync');
    sync(file);
  });
  // Named imports of what others have imported already follow.
  syncBuiltinESMExports();
  return {
    ...REAL_DISK,
    writeFile: (path, bytes) => {
      calls.push('write');
      REAL_DISK.writeFile(path, bytes);
    },
    syncFolder: (path) => {
      const isTemp = basename(dirname(path)) === 'temp';
      calls.push(isTemp ? 'folder of the job' : `folder ${basename(path)}`);
      REAL_DISK.syncFolder(path);
    },
    rename: (from, to) => {
      calls.push(`rename to ${basename(dirname(to))}`);
      REAL_DISK.rename(from, to);
    },
  };
}

it('a job is synced, files and folder, before it is put in its place, and its place after', async () => {
  const calls: string[] = [];
  const store = new ArtefactStore(openFileStore(freshFolder(), { disk: recordedDisk(calls) }));
  calls.length = 0;
  const value = { codes: new Uint16Array([1, 2, 3]), levels: 2 };
  await store.put('ids', 'ids', value, '2024-01-01T00:00:00Z');
  const files = calls.filter((call) => call === 'write').flatMap((call) => [call, 'fsync']);
  expect(files.length).toBeGreaterThan(2);
  expect(calls).toEqual([
    ...files,
    ...['folder of the job', 'fsync', 'rename to jobs', 'folder jobs', 'fsync'],
  ]);
});
