import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../../src/io/safetensors.ts';
import { runMerge, startMerge, writeHollowModel, writeModel } from '../run-merge.ts';
import { runWarm } from '../run-warm.ts';

/* What merges in Node leave behind, and what they must never take. */

let folder = '';
const path = (...parts: string[]): string => join(folder, ...parts);
const soup = (): string => path('soup.yaml');
const small = (rows = 12) => ({
  shapes: { 'model.embed_tokens.weight': [rows, 4], 'model.norm.weight': [4] },
});

beforeEach(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-broken-off-'));
  writeModel(path('a'), 2, small());
  writeModel(path("bob's model"), 3, small());
  writeFileSync(soup(), recipe('./a', "'bob''s model'"));
  writeFileSync(path('large.yaml'), recipe('./hollow', './empty'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function recipe(...models: string[]): string {
  const list = models.map((model) => `  - model: ${model}\n`).join('');
  return `merge_method: linear\nmodels:\n${list}parameters: { weight: 0.5 }\n`;
}

const merge = (...words: string[]) => runWarm('merge', [...words, '--executor', 'cpu']);

/** A merge that is under way: half of its result lies beside the target. */
async function underWay(...words: string[]) {
  // 640 MB to read and half of that to write: hundreds of looks of the loop below.
  writeHollowModel(path('hollow'), 20_000_000);
  writeHollowModel(path('empty'), 20_000_000);
  const running = startMerge([
    ...[path('large.yaml'), '--out', path('out'), '--executor', 'cpu'],
    ...words,
  ]);
  let hasEnded = false;
  void running.ended.then(() => (hasEnded = true));
  const size = (): number => {
    const part = readdirSync(path('out')).find((name) => name.includes('.part-'));
    const file = part === undefined ? '' : path('out', part, 'result-0', 'model.safetensors');
    return existsSync(file) ? statSync(file).size : 0;
  };
  while (!existsSync(path('out')) || (size() === 0 && !hasEnded)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(hasEnded).toBe(false);
  return running;
}

function expectSound(result: string): void {
  const bytes = new Uint8Array(readFileSync(join(result, 'model.safetensors')));
  const names = [...readSafetensors(bytes, 'model.safetensors').tensors.keys()].sort();
  expect(names).toEqual(['model.embed_tokens.weight', 'model.norm.weight']);
}

describe('a merge in Node that is broken off', () => {
  it('by kill leaves what the next one names and removes', async () => {
    const running = await underWay();
    running.child.kill('SIGKILL');
    await running.ended;
    const [part = ''] = readdirSync(path('out'));
    expect(part).toMatch(/^large\.part-\w{6}$/);
    const again = await merge(soup(), '--out', path('out'));
    expect(again.code, again.text).toBe(0);
    expect(again.text).toContain(`Removed ${path('out', part)}`);
    expect(readdirSync(path('out'))).toEqual(['soup']);
    expectSound(path('out', 'soup'));
  });

  it('by Ctrl-C stops, leaves nothing and keeps what it was to replace', async () => {
    const first = await merge(soup(), '--out', path('out'));
    expect(first.code, first.text).toBe(0);
    const running = await underWay('--force');
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code, ended.text).toBe(130);
    expect(ended.text).toContain('Stopping …');
    expect(readdirSync(path('out'))).toEqual(['soup']);
    expectSound(path('out', 'soup'));
  });

  it('by Ctrl-C twice leaves nothing', async () => {
    const running = await underWay();
    running.child.kill('SIGINT');
    running.child.stdout?.once('data', () => running.child.kill('SIGINT'));
    const ended = await running.ended;
    expect(ended.code, ended.text).toBe(130);
    expect(readdirSync(path('out'))).toEqual([]);
  });

  it('by a disk that is full says so and leaves nothing', async () => {
    writeModel(path('a'), 2, small(400_000));
    writeModel(path("bob's model"), 3, small(400_000));
    const words = [soup(), '--out', path('out'), '--executor', 'cpu'];
    // Files of at most 2 MB: the system refuses what goes beyond.
    const ended = await runMerge(words, 'ulimit -f 2000');
    expect(ended.code, ended.text).toBe(1);
    expect(ended.stderr).toMatch(/soup\.yaml: Writing failed: EFBIG.*\[storage-unavailable\]/);
    expect(ended.stderr).toMatch(/Free disk space, or choose another folder with --out\./);
    expect(readdirSync(path('out'))).toEqual([]);
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
