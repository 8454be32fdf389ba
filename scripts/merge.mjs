import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freshBundle } from './fresh-bundle.mjs';

/*
 * `npm run merge`. From its bundle it begins in half the time that what reads TypeScript takes; from
 * the sources where they have changed since, which bundles them, and for a browser, which needs the
 * build tools.
 */

const wantsBrowser = process.argv.some((word) => /^--(host|browser)\b/.test(word));
const bundle = wantsBrowser ? null : freshBundle('merges');
if (bundle === null) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./merge.ts');
} else {
  await import(pathToFileURL(join(bundle, 'command.mjs')).href);
}
