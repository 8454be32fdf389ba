import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder, which is deleted at the end of the run (`run-folder.ts`). */
export function freshFolder(): string {
  return mkdtempSync(join(process.env['MMGRID_TEST_FOLDER'] ?? tmpdir(), 'mmgrid-test-'));
}
