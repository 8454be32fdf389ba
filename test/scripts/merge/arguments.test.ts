import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../scripts/headless/arguments.ts';
import { readMergeArguments } from '../../../scripts/merge/arguments.ts';
import { defaultMemory } from '../../../scripts/merge/default-memory.ts';
import { freshFolder } from '../../support/fresh-folder.ts';

let folder = '';
let recipe = '';
beforeEach(() => {
  folder = freshFolder();
  recipe = join(folder, 'soup.yaml');
  writeFileSync(recipe, 'merge_method: linear\n');
});

describe('arguments of npm run merge', () => {
  it('name recipes and a folder; the rest is Node, one thread a core, and the best machine', () => {
    expect(readMergeArguments([recipe, '--out', 'x'])).toEqual({
      ...{ recipes: [recipe], folders: [], outDir: resolve('x'), isCheck: false },
      ...{ host: 'node', executor: 'auto', adapter: null, threads: null, browser: null },
      mayReplace: false,
      options: { budgetBytes: undefined, maxShardBytes: undefined },
    });
  });

  it('choose machine, memory and host; a browser is a host', () => {
    const words = [recipe, '--out', 'x', '--force'];
    expect(
      readMergeArguments([...words, '--adapter', 'H200', '--threads', '3', '--memory', '500']),
    ).toMatchObject({
      ...{ adapter: 'H200', threads: 3, mayReplace: true, host: 'node' },
      options: { budgetBytes: 5e8 },
    });
    expect(readMergeArguments([...words, '--host', 'browser'])).toMatchObject({ host: 'browser' });
    expect(readMergeArguments([...words, '--browser', recipe])).toMatchObject({
      ...{ host: 'browser', browser: recipe },
    });
  });

  it.each([
    [
      'threads in a browser',
      ['--host', 'browser', '--threads', '2'],
      /--threads: only with --host/,
    ],
    ['an adapter in a browser', ['--host', 'browser', '--adapter', 'x'], /--adapter: only with/],
    ['a browser in Node', ['--host', 'node', '--browser', 'package.json'], /--browser: only with/],
    ['an unknown host', ['--host', 'deno'], /--host deno: must be node or browser/],
    ['half a thread', ['--threads', '0.5'], /--threads 0\.5: must be a whole number/],
    ['no memory', ['--memory', '0'], /--memory 0: must be a number of megabytes/],
  ])('refuse %s', (_name, words, message) => {
    const all = [recipe, '--out', 'x', ...words];
    expect(() => readMergeArguments(all)).toThrowError(UsageError);
    expect(() => readMergeArguments(all)).toThrowError(message);
  });
});

describe('memory of a merge', () => {
  it('is a quarter of what is free', () => {
    expect(defaultMemory(4003)).toBe(1000);
    expect(defaultMemory()).toBeGreaterThan(0);
    expect(defaultMemory()).toBeLessThanOrEqual(totalmem() / 4);
  });
});
