import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  makeOutDir,
  readArguments,
  shownOf,
  UsageError,
} from '../../scripts/headless/arguments.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-arguments-'));
  writeFileSync(join(folder, 'small.yaml'), 'name: small\n');
  writeFileSync(join(folder, 'latin1.yaml'), Uint8Array.of(0x6e, 0xe9, 0x0a));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('arguments of npm run headless', () => {
  it('run the embedded demo without any', () => {
    expect(readArguments([])).toEqual({
      document: null,
      documentName: 'the embedded demo',
      dataDir: null,
      base: null,
      outDir: resolve('out/demo'),
      storeDir: resolve('out/demo/.store'),
      host: 'node',
      executor: 'auto',
      adapter: null,
      threads: null,
      browser: null,
      limits: {},
      requireGpu: false,
      reference: null,
      users: null,
      export: null,
    });
  });

  it('choose what results are compared with, and whether users are written', () => {
    const read = readArguments(['--reference', 'Games/phase2', '--users', 'no']);
    if (read === 'help') throw new Error('no arguments');
    expect(shownOf(read)).toEqual({ reference: 'Games/phase2', users: false });
    const plain = readArguments([]);
    expect(plain === 'help' ? null : shownOf(plain)).toEqual({});
    expect(() => readArguments(['--users', 'maybe'])).toThrowError(
      /--users maybe: must be yes or no/,
    );
  });

  it('take a document, folders and an executor', () => {
    const file = join(folder, 'small.yaml');
    const read = readArguments([
      file,
      '--data',
      folder,
      '--base',
      folder,
      '--out',
      'x',
      '--executor=cpu',
    ]);
    expect(read).toMatchObject({
      document: 'name: small\n',
      documentName: file,
      dataDir: folder,
      base: folder,
      outDir: resolve('x'),
      executor: 'cpu',
    });
    expect(readArguments([file])).toMatchObject({ outDir: resolve('out/small') });
  });

  it('take a model on a hub; the option goes before the variable', () => {
    const base = (words: readonly string[], environment = {}) => {
      const read = readArguments(words, environment);
      return read === 'help' ? null : read.base;
    };
    const words = ['--base', 'hub:org/tiny@v1'];
    const named = { repo: 'org/tiny', revision: 'v1' };
    expect(base(words)).toEqual(named);
    const variables = { HF_ENDPOINT: 'https://mirror.example', HF_TOKEN: 'secret' };
    expect(base(words, variables)).toEqual({
      ...named,
      endpoint: 'https://mirror.example',
      token: 'secret',
    });
    const option = ['--hub-endpoint', 'https://own.example'];
    expect(base([...words, ...option], variables)).toMatchObject({
      endpoint: 'https://own.example',
    });
    expect(base(words, { HF_ENDPOINT: '', HF_TOKEN: '' })).toEqual(named);
    expect(base(['--base', folder], variables)).toBe(folder);
  });

  it('keep finished jobs in the out folder, in the open where it is an export', () => {
    const stores = [
      [],
      ['--export', 'make'],
      ['--store', 's'],
      ['--export', 'slurm', '--store', 's'],
    ];
    const read = stores.map((words) => readArguments(['--out', 'o', ...words]));
    expect(read.map((each) => (each === 'help' ? '' : each.storeDir))).toEqual(
      ['o/.store', 'o/store', 's', 's'].map((path) => resolve(path)),
    );
    expect(read[3]).toMatchObject({ export: { kind: 'slurm', storeDir: resolve('s') } });
    expect(readArguments(['--job', 'ab'])).toMatchObject({ limits: { job: 'ab' }, host: 'node' });
    expect(readArguments(['--collect'])).toMatchObject({ limits: { mayCompute: false } });
    expect(readArguments(['--threads', '12', '--adapter', 'H200', '--require-gpu'])).toMatchObject({
      ...{ threads: 12, adapter: 'H200', requireGpu: true },
    });
    expect(readArguments(['--host', 'browser', '--require-gpu'])).toMatchObject({
      host: 'browser',
    });
  });

  it('ask for help', () => {
    expect(readArguments(['-h'])).toBe('help');
  });

  it.each([
    ['an unknown option', ['--dta', 'x'], /--dta/],
    ['an option without its value', ['--data'], /--data/],
    ['a missing document', ['nowhere.yaml'], /nowhere\.yaml: there is no such/],
    ['a missing data folder', ['--data', 'nowhere'], /--data nowhere: there is no such folder/],
    ['a missing base folder', ['--base', 'nowhere'], /--base nowhere: there is no such folder/],
    ['no name of a model', ['--base', 'hub:a/b/c'], /"a\/b\/c" is no name of a model/],
    ['a hub without a model', ['--hub-endpoint', 'https://x.example'], /only with --base hub/],
    ['an unknown executor', ['--executor', 'cuda'], /auto, webgpu or cpu/],
    ['a missing browser', ['--browser', 'nowhere'], /--browser nowhere/],
    ['an unknown host', ['--host', 'deno'], /node or browser/],
    ['no number of threads', ['--threads', '1.5'], /--threads 1\.5: must be a whole number/],
    ['no threads at all', ['--threads', '0'], /--threads 0/],
    [
      'threads in a browser',
      ['--host', 'browser', '--threads', '2'],
      /--threads: only with --host/,
    ],
    ['a store in a browser', ['--host', 'browser', '--store', 'x'], /--store: only with --host/],
    ['two ways at once', ['--job', 'x', '--collect'], /--job and --collect: only one/],
    ['an unknown engine', ['--export', 'airflow'], /make, snakemake, slurm/],
    ['a GPU on the CPU', ['--require-gpu', '--executor', 'cpu'], /not with --executor cpu/],
    ['a file as store', ['--store', 'package.json'], /this is a file/],
    ['a file as out folder', ['--out', 'package.json'], /not a folder/],
    ['two documents', ['package.json', 'package.json'], /only one/],
  ])('refuse %s', (_name, words, message) => {
    expect(() => readArguments(words)).toThrowError(UsageError);
    expect(() => readArguments(words)).toThrowError(message);
  });

  it('refuse results where no folder can be', () => {
    makeOutDir(join(folder, 'new', 'out'));
    expect(existsSync(join(folder, 'new', 'out'))).toBe(true);
    expect(() => {
      makeOutDir(join(folder, 'small.yaml', 'out'));
    }).toThrowError(/--out .*small\.yaml.out cannot be made \((?:ENOTDIR|EEXIST)\)/);
  });

  it('refuse a document that is not UTF-8', () => {
    expect(() => readArguments([join(folder, 'latin1.yaml')])).toThrowError(/not UTF-8/);
  });
});
