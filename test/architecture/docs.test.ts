import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { paradigmDocuments } from '../../src/lab/paradigms/document-list.ts';
import { filesIn, PROJECT_ROOT, textOf } from '../support/sources.ts';

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT_ROOT })
  .toString()
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(PROJECT_ROOT, path)));
/** Pages that explain today's code; results of old runs keep the names of their day. */
const pages = tracked.filter(
  (path) =>
    path.endsWith('.md') && (!path.startsWith('bench/results/') || path.split('/').length === 3),
);

describe('the pages that explain the code', () => {
  it('name files and folders that exist', () => {
    expect(pages).toContain('docs/architecture.md');
    const missing = pages.flatMap((page) =>
      namedPaths(textOf(page))
        .filter((path) => !existsSync(join(PROJECT_ROOT, path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('name no file that does not exist, by however much of its path', () => {
    const missing = pages.flatMap((page) =>
      namedFiles(textOf(page))
        .filter((name) => !isKnown(page, name))
        .map((name) => `${page}: ${name}`),
    );
    expect(missing).toEqual([]);
    expect(isKnown('src/lab/README.md', 'paradigms/paradigm-list.ts')).toBe(true);
    expect(isKnown('src/lab/README.md', 'list.ts')).toBe(false);
  });

  it.each(paradigmDocuments().map(({ kind }) => kind))('name every file of %s', (kind) => {
    const folder = `src/lab/paradigms/${kind}`;
    const page = textOf(`${folder}/README.md`);
    const files = filesIn([folder], '.ts').map((path) => path.slice(folder.length + 1));
    expect(files.length).toBeGreaterThan(3);
    const named = new Set(namedFiles(page));
    const unnamed = files.filter((path) => !named.has(path.split('/').at(-1) ?? ''));
    expect(unnamed).toEqual([]);
  });

  it('link to files that exist', () => {
    const broken = pages.flatMap((page) =>
      links(textOf(page))
        .filter((link) => !existsSync(join(PROJECT_ROOT, normalize(join(dirname(page), link)))))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('are read as they are meant', () => {
    expect(namedPaths('`src/nn/ops/x.ts`, `src/nn/` and src/lab/plan.ts: `test/a*.ts`')).toEqual([
      'src/nn/',
    ]);
    expect(namedPaths('`docs/a.md` and `bench/results/`')).toEqual(['docs/a.md', 'bench/results/']);
    expect(namedFiles('`a.ts`, `b/c-d.wgsl`, `sources/x.ts`, `a*.ts` and `e.ts f`')).toEqual([
      'a.ts',
      'b/c-d.wgsl',
    ]);
    expect(links('[a](../b.md) [c](https://d.e) [f](#g) [h](i.md#j)')).toEqual(['../b.md', 'i.md']);
  });
});

/** Project paths in code marks; `x` stands for a name to be chosen, patterns are not looked up. */
function namedPaths(markdown: string): string[] {
  return Array.from(
    markdown.matchAll(
      /`((?:src|workers|shaders|wasm|test|scripts|experiments|bench|docs)\/[\w./*{},-]*)`/g,
    ),
    (match) => match[1] ?? '',
  ).filter((path) => !/[*{]|\/x\.\w+$|\/dist\//.test(path));
}

/** Files of code in code marks, by a name or a path. */
function namedFiles(markdown: string): string[] {
  return Array.from(
    markdown.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\.(?:ts|wgsl|mjs))`/g),
    (match) => match[1] ?? '',
  ).filter((path) => !/(^|\/)x\.\w+$|\/dist\//.test(path));
}

/** Whether a file lies there from the page, or has a path that ends so. */
function isKnown(page: string, name: string): boolean {
  if (existsSync(join(PROJECT_ROOT, dirname(page), name))) return true;
  return tracked.some((path) => path === name || path.endsWith(`/${name}`));
}

/** Relative links, without their anchors. */
function links(markdown: string): string[] {
  return Array.from(
    markdown.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g),
    (match) => match[1] ?? '',
  ).filter((link) => !/^[a-z]+:/.test(link));
}
