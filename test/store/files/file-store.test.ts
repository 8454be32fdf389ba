import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/core/layout.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { REAL_DISK, type Disk } from '../../../src/store/files/disk.ts';
import { tempName } from '../../../src/store/files/file-store.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { deadProcess } from '../../support/dead-process.ts';
import { freshFolder } from '../../support/fresh-folder.ts';

const AT = '2024-01-01T00:00:00Z';
const layout = layoutOf([[{ name: 'w', shape: [8, 5] }]]);
const arenaOf = (seed: number) =>
  Float32Array.from({ length: layout.length }, (_, index) => Math.sin(seed + index));
const infoOf = (name: string) => ({ name, layout, config: {}, createdAt: AT, meta: { steps: 3 } });
const codes = { codes: new Uint16Array([1, 2, 3]), levels: 2 };

function open(root: string, disk?: Disk) {
  const notices: string[] = [];
  const store = openFileStore(root, {
    onNotice: (text) => notices.push(text),
    ...(disk !== undefined && { disk }),
  });
  return {
    notices,
    checkpoints: new CheckpointStore(store),
    artefacts: new ArtefactStore(store),
  };
}

async function filled(root: string) {
  const opened = open(root);
  await opened.checkpoints.put('model', infoOf('model'), arenaOf(1));
  await opened.artefacts.put('ids', 'ids', codes, AT);
  await opened.artefacts.put('other', 'results', [0.5], AT);
  return opened;
}

/** What can happen to a file between two runs. */
const DAMAGE: Readonly<Record<string, (bytes: Buffer, at: number) => Buffer | null>> = {
  'a flipped bit': (bytes, at) => {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  },
  'a cut end': (bytes) => bytes.subarray(0, -1),
  'zeros of a torn write': (bytes) => Buffer.alloc(bytes.length),
  'no bytes': () => Buffer.alloc(0),
  'no file': () => null,
};

describe('a damaged file', () => {
  for (const [id, files] of [
    ['model', ['job.json', 'manifest.json', 'chunk-000000.bin']],
    ['ids', ['job.json', 'head.json', 'value.json', 'value.bin']],
  ] as const) {
    for (const file of files) {
      it.each(Object.entries(DAMAGE))(
        `${id}/${file}: %s is found, told and put aside`,
        async (_, damage) => {
          const root = freshFolder();
          const { checkpoints, artefacts, notices } = await filled(root);
          expect(readdirSync(join(root, 'jobs', id)).sort()).toEqual([...files].sort());
          const path = join(root, 'jobs', id, file);
          const bytes = readFileSync(path);
          for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 2]) {
            const changed = damage(bytes, at);
            if (changed === null) rmSync(path);
            else writeFileSync(path, changed);
            const get = () => (id === 'model' ? checkpoints.get(id) : artefacts.get(id));
            // Without its mark the folder is of a job that never ended.
            const isMark = file === 'job.json' && changed === null;
            if (isMark) expect(await get()).toBeNull();
            else {
              await expect(get()).rejects.toMatchObject({
                code: 'checkpoint-corrupt',
                details: { id },
              });
              expect(notices.at(-1)).toContain(id);
              expect(notices.at(-1)).toContain(join(root, 'damaged', id));
              expect(existsSync(join(root, 'damaged', id))).toBe(true);
            }
            expect(await get()).toBeNull();
            // Made again, it is sound again; its neighbour never was anything else.
            await checkpoints.put('model', infoOf('model'), arenaOf(1));
            await artefacts.put('ids', 'ids', codes, AT);
            expect((await checkpoints.get('model'))?.arena).toEqual(arenaOf(1));
            expect((await artefacts.get('ids'))?.value).toEqual(codes);
            expect((await artefacts.get('other'))?.value).toEqual([0.5]);
          }
        },
      );
    }
  }

  it('does not hide the others from a list', async () => {
    const root = freshFolder();
    const { artefacts } = await filled(root);
    writeFileSync(join(root, 'jobs', 'ids', 'head.json'), '{}');
    expect((await artefacts.list()).map(({ id }) => id)).toEqual(['other']);
  });

  it('of another job, whole by itself, is found', async () => {
    const root = freshFolder();
    const { artefacts } = await filled(root);
    const index = readFileSync(join(root, 'jobs', 'other', 'job.json'));
    writeFileSync(join(root, 'jobs', 'ids', 'job.json'), index);
    await expect(artefacts.get('ids')).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
  });
});

/** A disk on which the call of this number, counted from 0, fails. */
function failingDisk(failAt: number, code: string): Disk & { calls: number } {
  const fail = () => Object.assign(new Error(`${code}: simulated`), { code });
  const disk = { calls: 0 };
  const counted =
    <Args extends unknown[]>(call: (...args: Args) => void) =>
    (...args: Args): void => {
      if (disk.calls++ === failAt) throw fail();
      call(...args);
    };
  return Object.assign(disk, {
    ...REAL_DISK,
    writeFile: counted((path: string, bytes: Uint8Array | string) => {
      REAL_DISK.writeFile(path, bytes);
    }),
    makeFolder: counted(REAL_DISK.makeFolder),
    syncFolder: counted(REAL_DISK.syncFolder),
    rename: counted(REAL_DISK.rename),
  });
}

describe('a disk that fails', () => {
  it.each([
    ['ENOSPC', 'quota-exceeded', /The disk is full while writing/],
    ['EDQUOT', 'quota-exceeded', /The disk is full/],
    ['EACCES', 'storage-unavailable', /No permission while writing/],
    ['EROFS', 'storage-unavailable', /No permission/],
    ['EIO', 'storage-unavailable', /failed while writing/],
  ] as const)(
    '%s at any call leaves the old result or the new one, never a part',
    async (code, expected, message) => {
      const root = freshFolder();
      await filled(root);
      const probe = failingDisk(Infinity, code);
      await open(root, probe).checkpoints.put('model', infoOf('model'), arenaOf(1));
      const calls = probe.calls;
      expect(calls).toBeGreaterThan(5);
      for (let failAt = 2; failAt < calls; failAt++) {
        // The first two calls are the opening's.
        const { checkpoints } = open(root, failingDisk(failAt, code));
        const saving = checkpoints.put('model', infoOf('new'), arenaOf(failAt));
        await expect(saving).rejects.toMatchObject({
          code: expected,
          message: expect.stringMatching(message) as unknown,
        });
        const sound = open(root);
        const found = await sound.checkpoints.get('model');
        const isNew = found?.manifest.name === 'new';
        expect(found?.arena).toEqual(arenaOf(isNew ? failAt : 1));
        expect(readdirSync(join(root, 'temp'))).toEqual([]);
        expect((await sound.artefacts.get('ids'))?.value).toEqual(codes);
        await sound.checkpoints.put('model', infoOf('model'), arenaOf(1));
      }
    },
  );

  it('cannot be opened, and says which folder and what to do', () => {
    const root = join(freshFolder(), 'store');
    expect(() => open(root, failingDisk(0, 'EACCES'))).toThrowError(
      expect.objectContaining({
        code: 'storage-unavailable',
        message: `No permission while opening ${root}.`,
        hint: expect.stringContaining('--store DIR') as unknown,
      }),
    );
    expect(existsSync(join(root, 'store.json'))).toBe(false);
  });
});

describe('opening', () => {
  it.each(['{"schema":"mmgrid-store/9"}', '{}', 'no JSON', ''])(
    'refuses a store of another version (%j) and changes nothing',
    (text) => {
      const root = freshFolder();
      writeFileSync(join(root, 'store.json'), text);
      expect(() => open(root)).toThrowError(
        expect.objectContaining({ code: 'storage-unavailable' }),
      );
      expect(readdirSync(root)).toEqual(['store.json']);
      expect(readFileSync(join(root, 'store.json'), 'utf8')).toBe(text);
    },
  );

  it('says that jobs of a browser are not read, once, and works beside them', async () => {
    const root = freshFolder();
    mkdirSync(join(root, 'Default'));
    expect(open(root).notices).toEqual([expect.stringContaining('starts anew')]);
    const { artefacts, notices } = open(root);
    await artefacts.put('a', 'rows', [1], AT);
    expect(notices).toEqual([]);
    expect(statSync(join(root, 'Default')).isDirectory()).toBe(true);
  });

  it('clears away what a dead process of this machine left, and nothing else', () => {
    const root = freshFolder();
    open(root);
    const temp = join(root, 'temp');
    const own = tempName('a', 1);
    const dead = own.replace(`.${process.pid}.`, `.${deadProcess()}.`);
    const foreign = `a.another-host-.${deadProcess()}.1`;
    for (const name of [own, dead, `${dead}.old`, foreign]) mkdirSync(join(temp, name));
    open(root);
    expect(readdirSync(temp).sort()).toEqual([own, foreign].sort());
  });

  it('keeps ids apart that a file system might not', async () => {
    const { artefacts } = open(freshFolder());
    for (const id of ['..', '.', 'a b', 'ä*?:']) await artefacts.put(id, 'rows', id, AT);
    for (const id of ['..', '.', 'a b', 'ä*?:']) expect((await artefacts.get(id))?.value).toBe(id);
    expect((await artefacts.list()).length).toBe(4);
  });
});
