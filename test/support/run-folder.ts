import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderInMemory } from '../../scripts/test/folder-in-memory.ts';

/**
 * A global set-up: one folder for all that the tests of a run write, deleted at its end. Several files
 * share a process and some of their folders, so that no file can delete its own.
 */
export default function setUp(): () => void {
  const folder = (process.env['MMGRID_TEST_FOLDER'] ??= mkdtempSync(
    join(folderInMemory() ?? tmpdir(), 'mmgrid-tests-'),
  ));
  return () => {
    rmSync(folder, { recursive: true, force: true });
  };
}
