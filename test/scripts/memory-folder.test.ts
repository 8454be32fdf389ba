import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { memoryFolder } from '../../scripts/test/memory-folder.ts';
import { freshFolder } from '../support/fresh-folder.ts';

it('is the folder where there is room, and none elsewhere', () => {
  const folder = freshFolder();
  const { bavail, bsize } = statfsSync(folder);
  expect(memoryFolder(folder)).toBe(bavail * bsize < 2 * 2 ** 30 ? null : folder);
  expect(memoryFolder(join(folder, 'gone'))).toBeNull();
  // Of the kernel's own, which has no room at all.
  expect(process.platform === 'linux' ? memoryFolder('/proc') : null).toBeNull();
});
