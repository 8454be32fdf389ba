import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { readCheckpointFolder } from '../../src/io/hf-checkpoint.ts';
import { modelFiles, SHAPES, valuesOf } from '../merge/stream/model-files.ts';
import { PROJECT_ROOT } from '../support/sources.ts';

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-merge-'));
  await ensureBuilt();
  const models = { a: modelFiles(2, { dtype: 'BF16', shards: 2 }), b: modelFiles(3) };
  for (const [name, files] of Object.entries(models)) {
    mkdirSync(join(folder, name));
    for (const [path, bytes] of files) writeFileSync(join(folder, name, path), bytes);
  }
  writeFileSync(
    join(folder, 'soup.yaml'),
    'merge_method: linear\nmodels: [{ model: ./a }, { model: b }]\nparameters: { weight: 0.5 }\n',
  );
  writeFileSync(
    join(folder, 'steps.yml'),
    'merge_method: task_arithmetic\nbase_model: b\nmodels: [{ model: half }]\nparameters: { weight: 2 }\n' +
      '---\nname: half\nmerge_method: linear\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: 1 }\nout_dtype: float32\n',
  );
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function merge(words: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/merge.ts', ...words], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

const read = (path: string) =>
  readCheckpointFolder(
    readdirSync(path).map((name) => ({
      path: name,
      bytes: new Uint8Array(readFileSync(join(path, name))),
    })),
  );

describe('npm run merge', () => {
  it('merges several recipes with one browser, paths relative to their files', async () => {
    const out = join(folder, 'out');
    const recipes = ['soup.yaml', 'steps.yml'].map((name) => join(folder, name));
    const ended = await merge([...recipes, '--out', out, '--executor', 'cpu']);
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^Runs on /m);
    expect(ended.stdout).toMatch(/soup\.yaml: 7 tensors/);
    expect(ended.stdout).toMatch(/at most [\d.]+ MB of tensors held/);
    expect(readdirSync(out).sort()).toEqual(['soup', 'steps']);
    const soup = read(join(out, 'soup')).tensors;
    const steps = read(join(out, 'steps')).tensors;
    expect([...soup.keys()].sort()).toEqual(Object.keys(SHAPES).sort());
    for (const [name, { data }] of soup) {
      const a = valuesOf(2, name, data.length, 'BF16');
      const b = valuesOf(3, name, data.length, 'F32');
      data.forEach((value, i) => {
        const mean = ((a[i] ?? Number.NaN) + (b[i] ?? Number.NaN)) / 2;
        // The first model is bfloat16, and so is the result: 8 bits.
        expect(Math.abs(value - mean)).toBeLessThanOrEqual(2 ** -8 * Math.abs(mean) + 1e-6);
        // b + 2 ((a + b) / 2 − b) = a
        const back = steps.get(name)?.data[i] ?? Number.NaN;
        expect(Math.abs(back - (a[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-5);
      });
    }
    const files = readdirSync(join(out, 'soup'));
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'config.json', 'mergekit_config.yml']),
    );
  });

  it('says what is wrong with every recipe, writes nothing and ends with 2', async () => {
    writeFileSync(
      join(folder, 'hub.yaml'),
      'merge_method: linear\nmodels: [{ model: org/name }, { model: ./gone }]\n',
    );
    writeFileSync(join(folder, 'bad.yaml'), 'merge_method: magic\nmodels: [{ model: a }]\n');
    const out = join(folder, 'none');
    const recipes = ['hub.yaml', 'bad.yaml', 'soup.yaml'].map((name) => join(folder, name));
    const ended = await merge([...recipes, '--out', out, '--executor', 'cpu']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(
      /hub\.yaml: .*"org\/name" is no folder.*download its folder first/,
    );
    expect(ended.stderr).toMatch(/hub\.yaml: .*"\.\/gone" is no folder/);
    expect(ended.stderr).toMatch(/merge_method \(line 1:1\): There is no merge method "magic"/);
    expect(readdirSync(out)).toEqual([]);
  });

  it('checks without writing', async () => {
    const ended = await merge([join(folder, 'soup.yaml'), '--check', '--executor', 'cpu']);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    expect(existsSync(join(folder, 'soup'))).toBe(false);
  });

  it('explains itself, and refuses what it cannot do before a browser starts', async () => {
    expect(await merge(['--help'])).toMatchObject({ code: 0, stderr: '' });
    const recipe = join(folder, 'soup.yaml');
    const cases: [readonly string[], RegExp][] = [
      [[], /at least one recipe/],
      [[recipe], /--out DIR is missing/],
      [[recipe, recipe, '--out', 'x'], /Two recipes/],
      [[join(folder, 'no.yaml'), '--out', 'x'], /no such recipe file/],
      [[recipe, '--out', 'x', '--executor', 'tpu'], /auto, webgpu or cpu/],
    ];
    for (const [words, message] of cases) {
      const ended = await merge(words);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toMatch(message);
    }
  });
});
