import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT, textOf } from '../support/sources.ts';

/** Pages that explain today's code; results of old runs keep the names of their day. */
const pages = execFileSync('git', ['ls-files', '-z', '*.md'], { cwd: PROJECT_ROOT })
  .toString()
  .split('\0')
  .filter((path) => path !== '' && !path.startsWith('bench/results/'))
  .filter((path) => existsSync(join(PROJECT_ROOT, path)));

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
    expect(links('[a](../b.md) [c](https://d.e) [f](#g) [h](i.md#j)')).toEqual(['../b.md', 'i.md']);
  });
});

/** Project paths in code marks; `x` stands for a name to be chosen, patterns are not looked up. */
function namedPaths(markdown: string): string[] {
  return Array.from(
    markdown.matchAll(/`((?:src|workers|shaders|wasm|test|scripts|experiments)\/[\w./*{},-]*)`/g),
    (match) => match[1] ?? '',
  ).filter((path) => !/[*{]|\/x\.\w+$/.test(path));
}

/** Relative links, without their anchors. */
function links(markdown: string): string[] {
  return Array.from(
    markdown.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g),
    (match) => match[1] ?? '',
  ).filter((link) => !/^[a-z]+:/.test(link));
}
