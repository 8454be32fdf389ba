import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { PROFILE_PREFIX } from '../../scripts/merge/leftovers.ts';
import { workFoldersIn } from '../../workers/merge-files/node/work-folder.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { startMerge, writeModel } from './run-merge.ts';

/* What merges in a browser leave behind, and what they must never take. */

let folder = '';
beforeAll(async () => {
  await ensureBuilt();
}, 300_000);
beforeEach(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-broken-off-'));
  writeModel(path('a'), 2, rows(12));
  writeModel(path("bob's model"), 3, rows(12));
  writeFileSync(join(folder, 'soup.yaml'), recipe('./a', "'bob''s model'"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function recipe(...models: string[]): string {
  const list = models.map((model) => `  - model: ${model}\n`).join('');
  return `merge_method: linear\nmodels:\n${list}parameters: { weight: 0.5 }\n`;
}

const start = (...words: string[]) =>
  startMerge([...words, '--executor', 'cpu', '--host', 'browser']);
const merge = (...words: string[]) => start(...words).ended;
const path = (...parts: string[]): string => join(folder, ...parts);
const rows = (count: number) => ({
  shapes: { 'model.embed_tokens.weight': [count, 4], 'model.norm.weight': [4] },
});
const soup = (): string => path('soup.yaml');
const profiles = (): string[] => workFoldersIn(tmpdir(), new RegExp(`^${PROFILE_PREFIX}$`));

/** A merge that is under way: half of its result lies beside the target. */
async function underWay() {
  writeModel(path('a'), 2, rows(400_000));
  writeModel(path("bob's model"), 3, rows(400_000));
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

describe('a merge in a browser that is broken off', () => {
  it('by kill leaves what the next one names and removes, profile included', async () => {
    const before = profiles().length;
    const running = await underWay();
    running.child.kill('SIGKILL');
    await running.ended;
    const [part = ''] = readdirSync(path('out'));
    expect(part).toMatch(/^soup\.part-\w{6}$/);
    expect(profiles().length).toBe(before + 1);
    writeModel(path('a'), 2, rows(12));
    writeModel(path("bob's model"), 3, rows(12));
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
    running.child.stdout?.once('data', () => running.child.kill('SIGINT'));
    const ended = await running.ended;
    expect(ended.code, ended.text).toBe(130);
    expect(readdirSync(path('out'))).toEqual([]);
    expect(profiles().length).toBeLessThanOrEqual(before);
  });
});
