import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../scripts/headless/arguments.ts';
import { readMergeArguments } from '../../scripts/merge/arguments.ts';
import { checkFolders } from '../../scripts/merge/check-folders.ts';
import { fieldModel } from '../support/models/field-model.ts';
import type { Folder } from '../support/models/tiny-checkpoint.ts';
import { wholeModel } from '../support/models/whole-model.ts';

let root = '';
const write = (name: string, files: Folder): string => {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, bytes] of files) writeFileSync(join(folder, file), bytes);
  return folder;
};
async function check(...folders: readonly string[]) {
  const said: string[] = [];
  const wrong: string[] = [];
  const code = await checkFolders(folders, {
    say: (line) => said.push(line.replaceAll(root, '')),
    complain: (line) => wrong.push(line.replaceAll(root, '')),
  });
  return { code, said, wrong };
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mmgrid-check-'));
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

describe('npm run merge -- --check FOLDER', () => {
  it('says what a sound folder holds, and whether experiments can start from it', async () => {
    const whole = write('whole', wholeModel(1));
    symlinkSync(join(root, 'nowhere'), join(whole, 'gone.txt'));
    expect(await check(whole, write('part', fieldModel(1, 8)))).toEqual({
      code: 0,
      said: [
        expect.stringMatching(/^.whole: 24 tensors, 0.01 MB, 12 rows, 12 tokens: all agree$/),
        '  Experiments can start from it (base: { source: import }).',
        expect.stringMatching(/^.part: 5 tensors, 0.00 MB, 8 rows, 8 tokens: all agree$/),
        expect.stringMatching(/^ {2}Experiments cannot start from it: config.json: /),
      ],
      wrong: [],
    });
  });

  it('does not say of weights alone that all agree', async () => {
    const bare = new Map([...fieldModel(1, 8)].filter(([name]) => name !== 'config.json'));
    const { code, said, wrong } = await check(write('bare', bare));
    expect([code, wrong]).toEqual([0, []]);
    expect(said[0]).toMatch(/bare: 5 tensors, .*: no config.json: there is little to compare$/);
  });

  it('says what does not agree, in every folder, and ends with 2', async () => {
    const tall = write('tall', fieldModel(1, 8, { config: { vocab_size: 9 } }));
    const none = write('none', new Map());
    const { code, said, wrong } = await check(tall, none);
    expect([code, said]).toEqual([2, []]);
    expect(wrong[0]).toMatch(/tall: config.json: vocab_size is 9, "model.embed.*" has 8 rows/);
    expect(wrong[1]).toMatch(/none: model: The folder lacks model.safetensors/);
  });

  it('checks the parts of a folder of several models', async () => {
    const parts = write('parts', new Map());
    write('parts/items', fieldModel(1, 8));
    write('parts/users', fieldModel(1, 8, { config: { vocab_size: 9 } }));
    const { code, said, wrong } = await check(parts);
    expect([code, said.length, wrong.length]).toEqual([2, 2, 1]);
    expect(said[0]).toMatch(/parts.items: 5 tensors/);
    expect(wrong[0]).toMatch(/parts.users: config.json: vocab_size/);
  });

  it('takes folders with --check alone, beside recipes', () => {
    const folder = write('some', fieldModel(1, 8));
    const recipe = join(root, 'r.yaml');
    writeFileSync(recipe, 'merge_method: linear\n');
    const read = readMergeArguments([folder, recipe, '--check']);
    expect(read).toMatchObject({ folders: [folder], recipes: [recipe] });
    expect(() => readMergeArguments([folder, '--out', root])).toThrow(UsageError);
    expect(() => readMergeArguments([folder, '--out', root])).toThrow(/or add --check/);
  });
});
