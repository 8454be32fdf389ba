import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REAL_DISK, type Disk } from '../../src/store/files/disk.ts';
import { nodeOutFolder } from '../../workers/headless/node/out-folder.ts';
import { ownIdentity, tagOf } from '../../src/store/files/process-identity.ts';
import { deadProcess } from '../support/dead-process.ts';
import { freshFolder } from '../support/fresh-folder.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const files = (text: string) => [
  { path: 'config.json', bytes: bytesOf(text) },
  { path: 'item_encoder/model.safetensors', bytes: bytesOf(`${text} weights`) },
];

/** A disk that is full after so many files. */
function fullAfter(count: number): Disk {
  let written = 0;
  return {
    ...REAL_DISK,
    writeFile: (path, bytes) => {
      if (written++ === count) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      REAL_DISK.writeFile(path, bytes);
    },
  };
}

describe('the out folder of a run in Node', () => {
  it('takes away what a killed run left half-written, and nothing of one that runs', async () => {
    const root = freshFolder();
    const part = (pid: number) => `.part.${tagOf(ownIdentity())}.${pid}.6`;
    const [dead, living] = [part(deadProcess()), part(process.ppid)];
    for (const name of [dead, `${dead}.old`, living, '.hidden']) {
      mkdirSync(join(root, 'checkpoints', name), { recursive: true });
      writeFileSync(join(root, 'checkpoints', name, 'model.safetensors'), 'half');
    }
    await nodeOutFolder(root).writeFolder('checkpoints/a', files('first'));
    expect(readdirSync(join(root, 'checkpoints')).sort()).toEqual([living, '.hidden', 'a'].sort());
  });

  it('writes nothing through a link that leads out of it', async () => {
    const [root, outside] = [freshFolder(), freshFolder()];
    symlinkSync(outside, join(root, 'checkpoints'));
    const out = nodeOutFolder(root);
    for (const write of [
      () => out.writeFile('checkpoints/a.csv', 'x'),
      () => out.writeFolder('checkpoints/a', files('x')),
      () => out.writeFile('checkpoints/deep/er/a.csv', 'x'),
    ]) {
      await expect(write()).rejects.toMatchObject({
        code: 'storage-unavailable',
        message: `${join(root, 'checkpoints')} is a symbolic link: nothing is written there.`,
      });
    }
    expect(readdirSync(outside)).toEqual([]);
  });

  it('replaces a file that is a link, and leaves what it points to', async () => {
    const [root, outside] = [freshFolder(), freshFolder()];
    writeFileSync(join(outside, 'mine'), 'kept');
    symlinkSync(join(outside, 'mine'), join(root, 'results.csv'));
    await nodeOutFolder(root).writeFile('results.csv', 'new');
    expect(readFileSync(join(outside, 'mine'), 'utf8')).toBe('kept');
    expect(readFileSync(join(root, 'results.csv'), 'utf8')).toBe('new');
    expect(lstatSync(join(root, 'results.csv')).isFile()).toBe(true);
  });

  it('may be a link itself', async () => {
    const [root, outside] = [freshFolder(), freshFolder()];
    symlinkSync(outside, join(root, 'out'));
    await nodeOutFolder(join(root, 'out')).writeFile('analysis/a.csv', 'new');
    expect(readFileSync(join(outside, 'analysis', 'a.csv'), 'utf8')).toBe('new');
  });

  it('joins the pieces of a file, and leaves nothing of one whose pieces end in an error', async () => {
    const root = freshFolder();
    const pieces = async function* (end?: Error) {
      await Promise.resolve();
      yield { path: 'model.safetensors', bytes: bytesOf('one ') };
      yield { path: 'model.safetensors', bytes: bytesOf('file') };
      if (end !== undefined) throw end;
      yield { path: 'config.json', bytes: bytesOf('{}') };
    };
    const out = nodeOutFolder(root);
    await out.writeFolder('checkpoints/a', pieces());
    const folder = join(root, 'checkpoints', 'a');
    expect(readFileSync(join(folder, 'model.safetensors'), 'utf8')).toBe('one file');
    expect(readdirSync(folder)).toHaveLength(2);
    await expect(out.writeFolder('checkpoints/b', pieces(new Error('gone')))).rejects.toThrow(
      'gone',
    );
    expect(readdirSync(join(root, 'checkpoints'))).toEqual(['a']);
  });

  it('replaces files and whole folders, and leaves nothing else', async () => {
    const root = freshFolder();
    const out = nodeOutFolder(root);
    mkdirSync(join(root, 'checkpoints', 'a'), { recursive: true });
    writeFileSync(join(root, 'checkpoints', 'a', 'of-an-older-run'), 'x');
    for (const text of ['first', 'second']) {
      await out.writeFile('analysis/plane.csv', text);
      await out.writeFolder('checkpoints/a', files(text));
    }
    expect(readFileSync(join(root, 'analysis/plane.csv'), 'utf8')).toBe('second');
    const folder = join(root, 'checkpoints', 'a');
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
      'config.json',
      'item_encoder',
      join('item_encoder', 'model.safetensors'),
    ]);
    expect(readFileSync(join(folder, 'item_encoder/model.safetensors'), 'utf8')).toBe(
      'second weights',
    );
    expect(readdirSync(join(root, 'checkpoints'))).toEqual(['a']);
    expect(readdirSync(join(root, 'analysis'))).toEqual(['plane.csv']);
  });

  it.each([0, 1])('keeps what stood there when the disk is full after %d files', async (count) => {
    const root = freshFolder();
    await nodeOutFolder(root).writeFolder('checkpoints/a', files('old'));
    await nodeOutFolder(root).writeFile('results.json', 'old');
    const full = () => nodeOutFolder(root, fullAfter(count));
    await expect(async () =>
      full().writeFolder('checkpoints/a', files('new')),
    ).rejects.toMatchObject({
      code: 'quota-exceeded',
      message: expect.stringContaining(join(root, 'checkpoints/a')) as unknown,
    });
    const config = join(root, 'checkpoints/a/config.json');
    expect(readFileSync(config, 'utf8')).toBe('old');
    expect(readdirSync(join(root, 'checkpoints'))).toEqual(['a']);
    if (count === 0) {
      await expect(full().writeFile('results.json', 'new')).rejects.toMatchObject({
        code: 'quota-exceeded',
      });
      expect(readdirSync(root).sort()).toEqual(['checkpoints', 'results.json']);
    }
    expect(readFileSync(join(root, 'results.json'), 'utf8')).toBe('old');
  });

  it('puts the old back when the new cannot take its place', async () => {
    const root = freshFolder();
    await nodeOutFolder(root).writeFolder('checkpoints/a', files('old'));
    let renames = 0;
    const disk: Disk = {
      ...REAL_DISK,
      rename: (from, to) => {
        if (++renames === 2) throw Object.assign(new Error('denied'), { code: 'EACCES' });
        REAL_DISK.rename(from, to);
      },
    };
    await expect(
      nodeOutFolder(root, disk).writeFolder('checkpoints/a', files('new')),
    ).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect(readFileSync(join(root, 'checkpoints/a/config.json'), 'utf8')).toBe('old');
    expect(readdirSync(join(root, 'checkpoints'))).toEqual(['a']);
  });
});
