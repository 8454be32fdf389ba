import { spawn } from 'node:child_process';
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
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { PROFILE_PREFIX } from '../../scripts/merge/leftovers.ts';
import { workFoldersIn } from '../../workers/merge-files/node/work-folder.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { modelFiles } from '../merge/stream/model-files.ts';
import { PROJECT_ROOT } from '../support/sources.ts';

/* What merges leave behind, and what they must never take. */

let folder = '';
beforeAll(async () => {
  await ensureBuilt();
}, 300_000);
beforeEach(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-broken-off-'));
  writeModel('a', 2);
  writeModel("bob's model", 3);
  writeFileSync(join(folder, 'soup.yaml'), recipe('./a', "'bob''s model'"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function writeModel(name: string, seed: number, rows = 12): void {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  const shapes = { 'model.embed_tokens.weight': [rows, 4], 'model.norm.weight': [4] };
  for (const [file, bytes] of modelFiles(seed, { shapes })) writeFileSync(join(path, file), bytes);
}

function recipe(...models: string[]): string {
  const list = models.map((model) => `  - model: ${model}\n`).join('');
  return `merge_method: linear\nmodels:\n${list}parameters: { weight: 0.5 }\n`;
}

function start(...words: string[]) {
  const all = ['--import', 'tsx', 'scripts/merge.ts', ...words, '--executor', 'cpu'];
  const child = spawn(process.execPath, all, {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, text });
    });
  });
  return { child, ended };
}

const merge = (...words: string[]) => start(...words).ended;
const path = (...parts: string[]): string => join(folder, ...parts);
const soup = (): string => path('soup.yaml');
const profiles = (): string[] => workFoldersIn(tmpdir(), new RegExp(`^${PROFILE_PREFIX}$`));

/** A merge that is under way: half of its result lies beside the target. */
async function underWay() {
  writeModel('a', 2, 400_000);
  writeModel("bob's model", 3, 400_000);
  const running = start(soup(), '--out', path('out'));
  let hasEnded = false;
  void running.ended.then(() => (hasEnded = true));
  const size = (): number => {
    const [part] = existsSync(path('out')) ? readdirSync(path('out')) : [];
    const file = part === undefined ? '' : path('out', part, 'result-0', 'model.safetensors');
    return existsSync(file) ? readFileSync(file).length : 0;
  };
  while (size() === 0 && !hasEnded) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(hasEnded).toBe(false);
  return running;
}

function expectSound(result: string): void {
  const bytes = new Uint8Array(readFileSync(join(result, 'model.safetensors')));
  const names = [...readSafetensors(bytes, 'model.safetensors').tensors.keys()].sort();
  expect(names).toEqual(['model.embed_tokens.weight', 'model.norm.weight']);
}

describe('a merge that is broken off', () => {
  it('by kill leaves what the next one names and removes, profile included', async () => {
    const before = profiles().length;
    const running = await underWay();
    running.child.kill('SIGKILL');
    await running.ended;
    const [part = ''] = readdirSync(path('out'));
    expect(part).toMatch(/^soup\.part-\w{6}$/);
    expect(profiles().length).toBe(before + 1);
    writeModel('a', 2);
    writeModel("bob's model", 3);
    const again = await merge(soup(), '--out', path('out'));
    expect(again.code, again.text).toBe(0);
    expect(again.text).toContain(`Removed ${path('out', part)}`);
    expect(again.text).toMatch(/Removed \d+ temporary browser profile/);
    expect(readdirSync(path('out'))).toEqual(['soup']);
    expectSound(path('out', 'soup'));
    expect(profiles().length).toBeLessThanOrEqual(before);
  });

  it('by Ctrl-C twice leaves nothing', async () => {
    const before = profiles().length;
    const running = await underWay();
    running.child.kill('SIGINT');
    running.child.kill('SIGINT');
    running.child.stdout.once('data', () => running.child.kill('SIGINT'));
    const ended = await running.ended;
    expect(ended.code, ended.text).toBe(130);
    expect(readdirSync(path('out'))).toEqual([]);
    expect(profiles().length).toBeLessThanOrEqual(before);
  });
});

describe('recipes and folders as they are', () => {
  it('one that cannot be read does not keep the others from being checked', async () => {
    writeFileSync(path('latin1.yaml'), Uint8Array.of(0x6e, 0xe9, 0x0a));
    writeFileSync(path('bad.yaml'), recipe('./nowhere'));
    const files = ['latin1.yaml', 'gone.yaml', 'bad.yaml', 'soup.yaml'].map((name) => path(name));
    const { code, text } = await merge(...files, '--out', path('out'));
    expect(code).toBe(2);
    expect(text).toMatch(/latin1\.yaml: The file is not UTF-8 text/);
    expect(text).toMatch(/gone\.yaml: There is no such recipe file/);
    expect(text).toMatch(/bad\.yaml: "\.\/nowhere" is no folder/);
    expect(text).toMatch(/soup\.yaml: 2 tensors/);
    expect(readdirSync(path('out'))).toEqual([]);
    const { text: alone } = await merge(path('gone.yaml'), '--out', path('out'));
    expect(alone).not.toMatch(/Runs on/);
  });

  it('steps may be called like models of a hub; links to nothing are named where they matter', async () => {
    const steps = `${recipe('org/step', './a')}---\nname: org/step\n${recipe('./a', "'bob''s model'")}`;
    writeFileSync(path('steps.yaml'), steps);
    symlinkSync('../blobs/1', path('a', 'README.md'));
    symlinkSync('../blobs/2', path('a', 'tokenizer.json'));
    const done = await merge(path('steps.yaml'), '--out', path('out'));
    expect(done.code, done.text).toBe(0);
    expect(done.text).toMatch(/Notes\n {2}- tokenizer\.json: is a link to \.\.\/blobs\/2/);
    expectSound(path('out', 'steps'));
    rmSync(path('a', 'model.safetensors'));
    symlinkSync('../blobs/3', path('a', 'model.safetensors'));
    const { code, text } = await merge(soup(), '--check');
    expect(code).toBe(2);
    expect(text).toMatch(/\.\/a: .*model\.safetensors is a link to \.\.\/blobs\/3/);
    expect(text).not.toMatch(/internal/);
  });
});
