import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/core/layout.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { REAL_DISK, type Disk } from '../../../src/store/files/disk.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { freshFolder } from '../../support/fresh-folder.ts';

const AT = '2024-01-01T00:00:00Z';
const layout = layoutOf([[{ name: 'w', shape: [8, 5] }]]);
const arena = Float32Array.from({ length: layout.length }, (_, index) => Math.sin(index));
const info = { name: 'model', layout, config: {}, createdAt: AT, meta: { steps: 3 } };

function open(root: string, disk: Disk = REAL_DISK) {
  const notices: string[] = [];
  const store = openFileStore(root, { disk, onNotice: (text) => notices.push(text) });
  return {
    notices,
    checkpoints: new CheckpointStore(store),
    artefacts: new ArtefactStore(store),
  };
}

async function filled(): Promise<string> {
  const root = freshFolder();
  const { checkpoints, artefacts } = open(root);
  await checkpoints.put('model', info, arena);
  await artefacts.put('other', 'results', [0.5], AT);
  return root;
}

/** A disk on which one file cannot be read. */
function badDisk(file: string, code: string): Disk {
  return {
    ...REAL_DISK,
    readFile: (path) => {
      if (!path.endsWith(join('model', file))) return REAL_DISK.readFile(path);
      throw Object.assign(new Error(`${code}: simulated`), { code });
    },
  };
}

const FILES = ['job.json', 'manifest.json', 'chunk-000000.bin'];

describe('a file of a job that the disk cannot read', () => {
  const codes = ['EIO', 'EUCLEAN', 'EISDIR', 'ELOOP', 'ERR_FS_FILE_TOO_LARGE'];
  it.each(FILES.flatMap((file) => codes.map((code) => [file, code] as const)))(
    '%s, %s: is damage of this job, told and put aside',
    async (file, code) => {
      const root = await filled();
      const { checkpoints, artefacts, notices } = open(root, badDisk(file, code));
      await expect(checkpoints.get('model')).rejects.toMatchObject({
        code: 'checkpoint-corrupt',
        details: { id: 'model' },
      });
      expect(notices).toHaveLength(1);
      expect(notices[0]).toContain(code);
      expect((await artefacts.get('other'))?.value).toEqual([0.5]);
      await checkpoints.put('model', info, arena);
      expect((await open(root).checkpoints.get('model'))?.arena).toEqual(arena);
    },
  );

  it.each(FILES)('%s: a folder or a circle of links in its place', async (file) => {
    for (const put of [
      (path: string) => mkdirSync(path),
      (path: string) => {
        symlinkSync(path, path);
      },
    ]) {
      const root = await filled();
      const path = join(root, 'jobs', 'model', file);
      rmSync(path);
      put(path);
      const { checkpoints } = open(root);
      await expect(checkpoints.get('model')).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
      await checkpoints.put('model', info, arena);
      expect((await checkpoints.get('model'))?.arena).toEqual(arena);
    }
  });

  it('for want of rights or of open files is not: nothing is put aside', async () => {
    const root = await filled();
    for (const code of ['EACCES', 'EMFILE', 'ENOMEM']) {
      const { checkpoints, notices } = open(root, badDisk('manifest.json', code));
      await expect(checkpoints.get('model')).rejects.toMatchObject({ code: 'storage-unavailable' });
      expect(notices).toEqual([]);
    }
    expect((await open(root).checkpoints.get('model'))?.arena).toEqual(arena);
  });
});

it('what is no job of ours hides no job', async () => {
  const root = await filled();
  mkdirSync(join(root, 'jobs', '%zz'));
  writeFileSync(join(root, 'jobs', '.DS_Store'), 'x');
  mkdirSync(join(root, 'jobs', 'empty'));
  const { checkpoints, artefacts } = open(root);
  expect((await checkpoints.list()).map(({ id }) => id)).toEqual(['model']);
  expect((await artefacts.list()).map(({ id }) => id)).toEqual(['other']);
});

it.each([
  ['null', null],
  ['a list', []],
  ['a text', 'text'],
  ['another schema', { schema: 'mmgrid-job/9' }],
  ['entries that are none', { schema: 'mmgrid-job/1', id: 'model', entries: 7, sha256: '' }],
])('a list of files that is %s is damage', async (_, value) => {
  const root = await filled();
  const path = join(root, 'jobs', 'model', 'job.json');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ schema: 'mmgrid-job/1' });
  writeFileSync(path, JSON.stringify(value));
  const { checkpoints, notices } = open(root);
  await expect(checkpoints.get('model')).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
  expect(notices).toHaveLength(1);
});
