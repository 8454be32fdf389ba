import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT } from './project.ts';
import { contentHash, filesBelow } from './source-hash.ts';

const COMMON = ['src', 'workers', 'shaders', 'wasm', 'experiments', 'public'];
const FILES = [
  'vite.config.ts',
  'scripts/security-headers.ts',
  'scripts/wasm-kernels.ts',
  'package-lock.json',
  'tsconfig.json',
];
const STAMP = 'source-hash.txt';

export type BuildMode = 'production' | 'bench';

/**
 * Builds the page (or the benchmark page) when its sources are not those it was built from; gives
 * the folder. Staleness is a hash of contents, not of times: a checkout changes times.
 */
export async function ensureBuilt(mode: BuildMode = 'production', force = false): Promise<string> {
  const folder = join(PROJECT_ROOT, mode === 'bench' ? 'bench/dist/page' : 'dist');
  const stamp = join(folder, STAMP);
  const hash = sourceHash(mode);
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return folder;
  const { build } = await import('vite');
  await build({ root: PROJECT_ROOT, mode, logLevel: force ? 'info' : 'warn' });
  writeFileSync(stamp, hash);
  return folder;
}

function sourceHash(mode: BuildMode): string {
  const roots = mode === 'bench' ? [...COMMON, 'bench/suites', 'bench/peers'] : COMMON;
  const pages =
    mode === 'bench'
      ? readdirSync(join(PROJECT_ROOT, 'bench'))
          .filter((name) => /\.(ts|html)$/.test(name))
          .map((name) => `bench/${name}`)
      : ['index.html', 'headless.html', 'merge.html'];
  return contentHash([...roots.flatMap(filesBelow), ...pages, ...FILES]);
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(started).href) {
  await ensureBuilt('production', true);
}
