import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { OpenFiles } from '../../workers/merge-files/node/open-files.ts';
import { PartFolder } from '../../workers/merge-files/node/part-folder.ts';
import { partOutput } from '../../workers/merge-files/node/part-output.ts';
import { freshFolder } from '../support/fresh-folder.ts';

let folder = '';
const path = (...parts: string[]): string => join(folder, ...parts);
beforeEach(() => {
  folder = freshFolder();
});

describe('files read at offsets', () => {
  it('give exactly the bytes asked for, several at a time', async () => {
    const all = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 251);
    writeFileSync(path('a'), all);
    const files = new OpenFiles();
    const source = files.source(path('a'), 'a.safetensors', 1000);
    const ranges = [
      [0, 1000],
      [999, 1000],
      [5, 5],
      [250, 750],
    ] as const;
    const read = await Promise.all(ranges.map(([start, end]) => source.read(start, end)));
    expect(read).toEqual(ranges.map(([start, end]) => all.slice(start, end)));
    await files.close();
  });

  it('stay the file that was opened, and say when it is shorter or gone', async () => {
    writeFileSync(path('a'), 'first');
    const files = new OpenFiles();
    const source = files.source(path('a'), 'a.safetensors', 5);
    await source.read(0, 1);
    writeFileSync(path('b'), 'other');
    renameSync(path('b'), path('a'));
    expect(new TextDecoder().decode(await source.read(0, 5))).toBe('first');
    await files.forget(path('a'));
    expect(new TextDecoder().decode(await source.read(0, 5))).toBe('other');
    truncateSync(path('a'), 3);
    await expect(source.read(0, 5)).rejects.toMatchObject({
      code: 'data-missing',
      message: 'a.safetensors could not be read.',
    });
    await expect(files.source(path('gone'), 'gone', 5).read(0, 5)).rejects.toMatchObject({
      code: 'data-missing',
    });
    await files.close();
  });
});

describe('a result beside its place', () => {
  const text = (value: string) => new TextEncoder().encode(value);
  async function written(part: PartFolder, isResult: boolean, files = new OpenFiles()) {
    const output = await partOutput(part, isResult, files);
    const file = await output.create('model.safetensors');
    await file.write(text('wei'));
    await file.write(text('ghts'));
    await file.close();
    return output;
  }

  it('appears with commit, whole, and nothing else stays', async () => {
    const output = await written(new PartFolder(path('soup'), false), true);
    expect(existsSync(path('soup'))).toBe(false);
    await output.commit();
    expect(readdirSync(folder)).toEqual(['soup']);
    expect(readFileSync(path('soup', 'model.safetensors'), 'utf8')).toBe('weights');
  });

  it('has files of a known size, for threads that write at any place', async () => {
    const output = await partOutput(new PartFolder(path('soup'), false), true, new OpenFiles());
    const file = await output.createSized?.('model.safetensors', 5);
    if (file === undefined) throw new Error('There is no such file.');
    const handle = openSync(file.localPath, 'r+');
    writeSync(handle, text('de'), 0, 2, 3);
    writeSync(handle, text('abc'), 0, 3, 0);
    closeSync(handle);
    await file.close();
    const [source] = await output.sources();
    expect(await source?.read(1, 4)).toEqual(text('bcd'));
    await output.commit();
    expect(readFileSync(path('soup', 'model.safetensors'), 'utf8')).toBe('abcde');
  });

  it('is read again where it is a step, and is gone when it is discarded', async () => {
    const part = new PartFolder(path('soup'), false);
    const files = new OpenFiles();
    const step = await written(part, false, files);
    const [source] = await step.sources();
    expect(source).toMatchObject({ path: 'model.safetensors', size: 7 });
    expect(await source?.read(3, 7)).toEqual(text('ghts'));
    await step.discard();
    await step.discard();
    await expect(source?.read(0, 1)).rejects.toMatchObject({ code: 'data-missing' });
    part.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('never takes the place of what came there meanwhile', async () => {
    const part = new PartFolder(path('soup'), false);
    const output = await written(part, true);
    mkdirSync(path('soup'));
    writeFileSync(path('soup', 'mine'), 'kept');
    await expect(output.commit()).rejects.toMatchObject({
      code: 'storage-unavailable',
      message: expect.stringContaining('soup exists and is no result of a merge') as string,
    });
    await output.discard();
    part.remove();
    expect(readdirSync(folder)).toEqual(['soup']);
    expect(readFileSync(path('soup', 'mine'), 'utf8')).toBe('kept');
  });

  it('says where it cannot be written', async () => {
    writeFileSync(path('file'), '');
    const part = new PartFolder(path('file', 'soup'), false);
    await expect(partOutput(part, true, new OpenFiles())).rejects.toMatchObject({
      code: 'storage-unavailable',
      message: expect.stringContaining('Writing failed: ENOTDIR') as string,
      hint: expect.stringContaining('--out') as string,
    });
  });
});
