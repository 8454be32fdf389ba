import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpointFolder } from '../../../src/io/hf-checkpoint.ts';
import { SHAPES, valuesOf } from '../../merge/stream/model-files.ts';
import { runMerge, writeModel } from '../run-merge.ts';
import { runWarm } from '../run-warm.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-merge-'));
  writeModel(join(folder, 'a'), 2, { dtype: 'BF16', shards: 2 });
  writeModel(join(folder, 'b'), 3);
  writeFileSync(
    join(folder, 'soup.yaml'),
    'merge_method: linear\nmodels: [{ model: ./a }, { model: b }]\nparameters: { weight: 0.5 }\n',
  );
  writeFileSync(
    join(folder, 'steps.yml'),
    'merge_method: task_arithmetic\nbase_model: b\nmodels: [{ model: half }]\nparameters: { weight: 2 }\n' +
      '---\nname: half\nmerge_method: linear\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: 1 }\nout_dtype: float32\n',
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const read = (path: string) =>
  readCheckpointFolder(
    readdirSync(path).map((name) => ({
      path: name,
      bytes: new Uint8Array(readFileSync(join(path, name))),
    })),
  );

describe('npm run merge', () => {
  it('merges several recipes, paths relative to their files', async () => {
    const out = join(folder, 'out');
    const recipes = ['soup.yaml', 'steps.yml'].map((name) => join(folder, name));
    const ended = await runMerge([...recipes, '--out', out, '--executor', 'cpu']);
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(
      /^Runs on CPU \(WebAssembly SIMD, .*\), fused multiply-add, in Node v\d.*cores?$/m,
    );
    expect(ended.stdout).toMatch(
      /Holds at most \d+ MB of tensors: a quarter of the memory that is/,
    );
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
    const ended = await runWarm('merge', [...recipes, '--out', out, '--executor', 'cpu']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(
      /hub\.yaml: .*"org\/name" is no folder.*download its folder first/,
    );
    expect(ended.stderr).toMatch(/hub\.yaml: .*"\.\/gone" is no folder/);
    expect(ended.stderr).toMatch(/merge_method \(line 1:1\): There is no merge method "magic"/);
    expect(readdirSync(out)).toEqual([]);
  });

  it('says how much memory a method needs and how much it may take, and writes nothing', async () => {
    writeFileSync(
      join(folder, 'iso.yaml'),
      'merge_method: iso_c\nbase_model: b\nmodels: [{ model: a }]\n',
    );
    const words = [join(folder, 'iso.yaml'), '--out', join(folder, 'little')];
    const ended = await runWarm('merge', [
      ...[...words, '--executor', 'cpu'],
      ...['--memory', '0.0004'],
    ]);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toMatch(/Holds at most 0\.00 MB of tensors, as --memory says/);
    expect(ended.stderr).toMatch(/which does not fit\. \[limit-exceeded\]/);
    // Three arenas, the work matrices of a polar factor and the tables of its steps.
    expect(ended.stderr).toMatch(/tensor "lm_head\.weight": Needs [\d.]+ KB of 400 bytes\./);
    expect(ended.stderr).toMatch(/Most is needed for tensor "[^"]+": allow 1 MB \(--memory 1 on/);
    expect(ended.stderr).toMatch(
      /\d MB of memory are free; the limit is 0\.00 MB, as --memory says/,
    );
    expect(readdirSync(join(folder, 'little'))).toEqual([]);
  });

  it('computes on no other machine than the one that is asked for', async () => {
    const words = [join(folder, 'soup.yaml'), '--out', join(folder, 'gpu'), '--executor', 'webgpu'];
    const ended = await runWarm('merge', [...words, '--adapter', 'no such adapter']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/\[(adapter|webgpu)-unavailable\]/);
    expect(ended.stdout).not.toMatch(/Runs on/);
    expect(readdirSync(join(folder, 'gpu'))).toEqual([]);
  });

  it('checks without writing', async () => {
    const ended = await runWarm('merge', [
      join(folder, 'soup.yaml'),
      '--check',
      '--executor',
      'cpu',
    ]);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    expect(existsSync(join(folder, 'soup'))).toBe(false);
  });

  it('explains itself, and refuses what it cannot do before anything starts', async () => {
    expect(await runMerge(['--help'])).toMatchObject({ code: 0, stderr: '' });
    const recipe = join(folder, 'soup.yaml');
    const cases: [readonly string[], RegExp][] = [
      [[], /at least one recipe/],
      [[recipe], /--out DIR is missing/],
      [[recipe, recipe, '--out', 'x'], /Two recipes/],
      [[join(folder, 'no.yaml'), '--out', 'x'], /no such recipe file/],
      [[recipe, '--out', 'x', '--executor', 'tpu'], /auto, webgpu or cpu/],
      [[recipe, '--out', 'x', '--host', 'deno'], /node or browser/],
      [[recipe, '--out', 'x', '--threads', '0'], /--threads 0: must be a whole number/],
      [[recipe, '--out', 'x', '--host', 'browser', '--threads', '2'], /only with --host node/],
      [[recipe, '--out', 'x', '--host', 'node', '--browser', recipe], /only with --host browser/],
    ];
    for (const [words, message] of cases) {
      const ended = await runWarm('merge', words);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toMatch(message);
    }
  });
});
