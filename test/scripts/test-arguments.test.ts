import { describe, expect, it } from 'vitest';
import { readTestArguments } from '../../scripts/test/arguments.ts';
import { changedFiles, withHiddenImporters } from '../../scripts/test/changed-files.ts';
import { chooseStages, stagesForChange, STAGES } from '../../scripts/test/stages.ts';

describe('arguments of npm test', () => {
  it.each([
    [[], undefined, undefined],
    [['--only', 'unit,types'], 'unit,types', undefined],
    [['--changed'], undefined, 'HEAD'],
    [['--changed', 'main'], undefined, 'main'],
    [['--changed=v1~2'], undefined, 'v1~2'],
    [['--changed', '--only', 'unit'], 'unit', 'HEAD'],
    [['--only=unit', '--changed', 'main'], 'unit', 'main'],
  ] as const)('%j', (words, only, changedSince) => {
    expect(readTestArguments(words)).toEqual({ only, changedSince });
  });

  it.each([
    [['--change'], /--change/],
    [['main'], /main/],
    [['--only'], /--only/],
    [['--changed='], /--changed needs a commit/],
    [['--changed', 'main', 'other'], /other/],
  ])('refuse %j', (words, message) => {
    expect(() => readTestArguments(words)).toThrowError(message);
  });
});

describe('the files of a change', () => {
  it('are refused for a commit that git does not know', () => {
    expect(() => changedFiles('no-such-commit')).toThrowError(
      '--changed no-such-commit: git knows no such commit.',
    );
    expect(() => changedFiles('--output=x')).toThrowError(/git knows no such commit/);
  });

  const sources = new Map([
    ['src/nn/ops/sum.ts', "import wgsl from '../../../shaders/sum.wgsl?raw';"],
    ['src/nn/model.ts', "import { sum } from './ops/sum.ts';\nexport * from './shape.ts';"],
    ['src/compute/flavour.ts', "const load = () => import('virtual:wasm-kernels/simd');"],
    ['workers/lab.worker.ts', "import {\n  model,\n} from '../src/nn/model.ts';"],
    ['workers/client.ts', "import url from './lab.worker.ts?worker&url';"],
    ['workers/node.ts', "const SCRIPT = new URL('./thread.ts', import.meta.url);"],
    ['test/client.test.ts', "import { start } from '../workers/client.ts';"],
    ['test/shaders.test.ts', "const files = import.meta.glob<string>('../shaders/**/*.wgsl', {"],
  ]);

  it.each([
    [
      'an op also asks for the client of the worker that runs it',
      'src/nn/ops/sum.ts',
      ['workers/client.ts'],
    ],
    [
      'a shader asks for its op, for tests of all shaders and for the client',
      'shaders/sum.wgsl',
      ['src/nn/ops/sum.ts', 'test/shaders.test.ts', 'workers/client.ts'],
    ],
    ['a source of WebAssembly asks for its loader', 'wasm/sum.ts', ['src/compute/flavour.ts']],
    ['a script behind a URL asks for what starts it', 'workers/thread.ts', ['workers/node.ts']],
    ['what vitest follows asks for nothing more', 'workers/client.ts', []],
  ])('%s', (_, changed, more) => {
    expect(withHiddenImporters([changed], sources)).toEqual([...more, changed].sort());
  });
});

const TYPES = 'oxlint --type-aware --type-check --deny-warnings --report-unused-disable-directives';

describe('stages for a change', () => {
  const of = (files: readonly string[], asked: readonly string[], only?: string) =>
    Object.fromEntries(
      stagesForChange(chooseStages(only), { files, asked }).map(({ name, command }) => [
        name,
        command.join(' '),
      ]),
    );

  it('look at what it touches and run what it reaches, without the built page', () => {
    expect(of(['README.md', 'src/a.ts'], ['README.md', 'src/a.ts', 'src/b.ts'])).toEqual({
      format: 'oxfmt --list-different --no-error-on-unmatched-pattern README.md src/a.ts',
      types: TYPES,
      house: 'vitest run --project house',
      kernels: 'tsx scripts/test/compile-kernels.ts',
      unit: 'vitest related --run --project unit README.md src/a.ts src/b.ts',
      programs: 'vitest related --run --project programs README.md src/a.ts src/b.ts',
      browser: 'vitest related --run --project browser-* README.md src/a.ts src/b.ts',
    });
  });

  it('run a test of programs that changed itself', () => {
    const path = 'test/e2e/node/merge-files.e2e.ts';
    expect(of([path], [path], 'programs')).toEqual({
      programs: `vitest related --run --project programs ${path}`,
    });
  });

  it('keep to the stages that were chosen', () => {
    expect(of(['README.md'], ['README.md'], 'types,e2e')).toEqual({
      types: TYPES,
    });
  });

  it('of nothing are those that look at the whole', () => {
    expect(Object.keys(of([], []))).toEqual(['types', 'house']);
    expect(STAGES.map(({ name }) => name)).toContain('e2e');
  });
});
