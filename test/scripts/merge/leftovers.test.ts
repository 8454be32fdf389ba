import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clearLeftovers, PROFILE_PREFIX } from '../../../scripts/merge/leftovers.ts';
import { makeWorkFolder, ownerOf, PROFILE } from '../../../workers/merge-files/node/work-folder.ts';
import { bundledProgram } from '../../support/bundled-program.ts';
import { freshFolder } from '../../support/fresh-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-leftovers-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const MAKER = `
  import { makeWorkFolder } from './workers/merge-files/node/work-folder.ts';
  console.log(makeWorkFolder(process.argv[2]));
  setInterval(() => undefined, 1000);`;
let maker = '';
beforeAll(async () => {
  maker = await bundledProgram(MAKER, freshFolder());
});

/** A process of ours that makes a work folder and is killed, or lives until `end` is called. */
async function otherProcess(prefix: string) {
  const child = spawn(process.execPath, [maker, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return { made: printed.toString().trim(), kill };
}

describe('what a killed merge leaves behind', () => {
  it('is named and removed by the next, but not while its process lives', async () => {
    const { made, kill } = await otherProcess(join(folder, 'soup.part-'));
    mkdirSync(join(made, 'result-0'));
    writeFileSync(join(made, 'result-0', 'model.safetensors'), 'half');
    expect(ownerOf(made)).toBe('lives');
    expect(clearLeftovers([], folder)).toEqual([]);
    expect(existsSync(made)).toBe(true);
    await kill();
    expect(clearLeftovers([], folder)).toEqual([
      `Removed ${made}: what a merge that was broken off had written.`,
    ]);
    expect(readdirSync(folder)).toEqual([]);
    expect(clearLeftovers([], folder)).toEqual([]);
  });

  it('includes the result that it was about to replace, which gets its name back', async () => {
    const { made, kill } = await otherProcess(join(folder, 'soup.part-'));
    mkdirSync(join(made, 'replaced'));
    writeFileSync(join(made, 'replaced', 'model.safetensors'), 'old');
    await kill();
    expect(clearLeftovers([], folder)[0]).toMatch(/^Put .*soup back/);
    expect(readdirSync(folder)).toEqual(['soup']);
    expect(readFileSync(join(folder, 'soup', 'model.safetensors'), 'utf8')).toBe('old');
  });

  it('includes its browser profile, unless a browser still uses it', async () => {
    const { made, kill } = await otherProcess(join(tmpdir(), PROFILE_PREFIX));
    mkdirSync(join(made, PROFILE));
    await kill();
    symlinkSync(`host-${process.pid}`, join(made, PROFILE, 'SingletonLock'));
    clearLeftovers([], folder);
    expect(existsSync(made)).toBe(true);
    rmSync(join(made, PROFILE, 'SingletonLock'));
    expect(clearLeftovers([], folder).join()).toMatch(
      /^Removed \d+ temporary browser profiles?\.$/,
    );
    expect(existsSync(made)).toBe(false);
  });

  it('is not what another process of the same number made', async () => {
    const made = makeWorkFolder(join(folder, 'soup.part-'));
    const file = join(made, 'mmgrid-owner.json');
    const owner = JSON.parse(readFileSync(file, 'utf8')) as { began: string | null };
    expect(ownerOf(made)).toBe('lives');
    if (owner.began === null) return;
    writeFileSync(file, JSON.stringify({ ...owner, began: '1' }));
    expect(ownerOf(made)).toBe('is gone');
    writeFileSync(file, JSON.stringify({ ...owner, host: 'another' }));
    expect(clearLeftovers([], folder).join()).toMatch(/another computer/);
    expect(existsSync(made)).toBe(true);
  });

  it('is never a folder of the user, however it is called', () => {
    const own = ['soup.part-abcdef', 'soup.part', 'mix.part'];
    for (const name of own) mkdirSync(join(folder, name, 'result'), { recursive: true });
    writeFileSync(join(folder, 'soup.part-abcdef', 'mmgrid-owner.json'), '{"pid":1}');
    writeFileSync(join(folder, 'soup.part', 'result', 'thesis.docx'), 'mine');
    writeFileSync(join(folder, 'mix.part', 'notes.md'), 'mine');
    const targets = [join(folder, 'soup'), join(folder, 'mix')];
    expect(clearLeftovers(targets, folder)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual([...own].sort());
  });

  it('was one fixed folder in earlier versions', () => {
    const target = join(folder, 'soup');
    mkdirSync(`${target}.part/result`, { recursive: true });
    writeFileSync(`${target}.part/result/model-00001-of-00002.safetensors`, 'half');
    expect(
      clearLeftovers([target], folder).map((line) => basename(line.split(':')[0] ?? '')),
    ).toEqual(['soup.part']);
    expect(existsSync(`${target}.part`)).toBe(false);
  });
});
