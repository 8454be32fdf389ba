import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderInMemory } from '../../scripts/test/folder-in-memory.ts';
import { freshFolder } from '../support/fresh-folder.ts';

const GIB = 2 ** 30;

it('is the folder where there is room, and none elsewhere', () => {
  const folder = freshFolder();
  expect(folderInMemory(folder, () => 2 * GIB)).toBe(folder);
  expect(folderInMemory(folder, () => 2 * GIB - 1)).toBeNull();
  expect(folderInMemory(join(folder, 'gone'), () => 2 * GIB)).toBeNull();
});

it('finds no room in files of the kernel', () => {
  expect(process.platform === 'linux' ? folderInMemory('/proc') : null).toBeNull();
});
