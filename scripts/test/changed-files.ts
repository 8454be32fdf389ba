import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { PROJECT_ROOT } from '../project.ts';

const FOLDERS = ['src', 'workers', 'bench', 'scripts', 'test'];

/**
 * Files of the project that differ from a commit (where the branch left it), not committed ones and
 * new ones included; deleted ones are left to the compiler, which misses them.
 * @throws Error naming a commit that git does not know
 */
export function changedFiles(since: string): string[] {
  const git = (...words: string[]): string[] => {
    const output = execFileSync('git', words, {
      cwd: PROJECT_ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return output
      .toString()
      .split('\0')
      .filter((line) => line !== '');
  };
  let base: string;
  try {
    base = git('merge-base', since, 'HEAD')[0]?.trim() ?? since;
  } catch {
    throw new Error(`--changed ${since}: git knows no such commit.`);
  }
  const differing = git('diff', '--name-only', '--relative', '--diff-filter=d', '-z', base);
  const added = git('ls-files', '--others', '--exclude-standard', '-z');
  return [...new Set([...differing, ...added])].sort();
}

/** Texts of all sources that import one another, by project path. */
export function projectSources(): Map<string, string> {
  const paths = FOLDERS.filter((folder) => existsSync(join(PROJECT_ROOT, folder))).flatMap(
    (folder) =>
      readdirSync(join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
        .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
        .filter((path) => path.endsWith('.ts')),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(PROJECT_ROOT, path), 'utf8')]));
}

/** One file that another needs. */
interface Edge {
  readonly to: string;
  /** Not for vitest to see: behind a query (`?raw`, `?worker&url`), a URL, a glob, or built. */
  readonly isHidden: boolean;
}

/**
 * The files to ask vitest for: those that changed, and those that reach one of them in a way that
 * vitest does not follow: the client of a worker, the op of a shader, the loader of `wasm/`.
 */
export function withHiddenImporters(
  changed: readonly string[],
  sources: ReadonlyMap<string, string>,
): string[] {
  const importers = new Map<string, { from: string; isHidden: boolean }[]>();
  for (const [from, text] of sources) {
    for (const { to, isHidden } of edgesOf(from, text, changed)) {
      const list = importers.get(to) ?? [];
      list.push({ from, isHidden });
      importers.set(to, list);
    }
  }
  const reached = new Set(changed);
  const asked = new Set(changed);
  for (const path of reached) {
    for (const { from, isHidden } of importers.get(path) ?? []) {
      reached.add(from);
      if (isHidden) asked.add(from);
    }
  }
  return [...asked].sort();
}

function edgesOf(from: string, text: string, changed: readonly string[]): Edge[] {
  const folder = posix.dirname(from);
  const edges: Edge[] = [];
  for (const [, url, specifier = ''] of text.matchAll(SPECIFIERS)) {
    const [path = '', query] = specifier.split('?');
    const isHidden = query !== undefined || url !== undefined;
    edges.push({ to: posix.join(folder, path), isHidden });
  }
  const below = [...text.matchAll(GLOBS)].map(([, start = '']) => posix.join(folder, start));
  if (text.includes('virtual:wasm-kernels/')) below.push('wasm/');
  for (const start of below) {
    const found = changed.filter((path) => path.startsWith(start));
    edges.push(...found.map((to) => ({ to, isHidden: true })));
  }
  return edges;
}

/** `from './x.ts'`, `import './x.ts'`, `import('./x.ts?raw')` and `new URL('./x.ts', …)`. */
const SPECIFIERS = /(?:from\s+|import\s*\(?\s*|(new URL\(\s*))'(\.[^']+)'/g;
/** The folder of `import.meta.glob('./folder/…*')`. */
const GLOBS = /import\.meta\.glob(?:<[^(]*>)?\(\s*'(\.[^'*]*\/)[^']*'/g;
