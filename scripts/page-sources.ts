import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './project.ts';
import { contentHash, filesBelow } from './source-hash.ts';

const COMMON = ['src', 'workers', 'shaders', 'wasm', 'experiments', 'public'];
const FILES = [
  'vite.config.ts',
  'scripts/page-sources.ts',
  'scripts/security-headers.ts',
  'scripts/wasm-kernels.ts',
  'package-lock.json',
  'tsconfig.json',
];

export type BuildMode = 'production' | 'bench';

/** Of everything that the built page is made of: equal sources give an equal page. */
export function pageSourceHash(mode: BuildMode): string {
  const roots = mode === 'bench' ? [...COMMON, 'bench/suites', 'bench/peers'] : COMMON;
  const pages =
    mode === 'bench'
      ? readdirSync(join(PROJECT_ROOT, 'bench'))
          .filter((name) => /\.(ts|html)$/.test(name))
          .map((name) => `bench/${name}`)
      : ['index.html', 'headless.html', 'merge.html'];
  return contentHash([...roots.flatMap(filesBelow), ...pages, ...FILES]);
}
