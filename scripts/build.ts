import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pageSourceHash, type BuildMode } from './page-sources.ts';
import { PROJECT_ROOT } from './project.ts';

const STAMP = 'source-hash.txt';

/**
 * Builds the page (or the benchmark page) when its sources are not those it was built from; gives
 * the folder. Staleness is a hash of contents, not of times: a checkout changes times.
 */
export async function ensureBuilt(mode: BuildMode = 'production', force = false): Promise<string> {
  const folder = join(PROJECT_ROOT, mode === 'bench' ? 'bench/dist/page' : 'dist');
  const stamp = join(folder, STAMP);
  const hash = pageSourceHash(mode);
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return folder;
  const { build } = await import('vite');
  await build({ root: PROJECT_ROOT, mode, logLevel: force ? 'info' : 'warn' });
  writeFileSync(stamp, hash);
  return folder;
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(started).href) {
  await ensureBuilt('production', true);
}
