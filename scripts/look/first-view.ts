import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The JavaScript that a built page fetches for its first picture. */
export interface FirstView {
  /** The entry, and all that it imports statically. */
  readonly scripts: readonly string[];
  /** Of them all, gzip -9. */
  readonly gzipBytes: number;
}

/** @param root the built page; its `index.html` names the entry and preloads what that imports */
export function firstView(root: string): FirstView {
  const page = readFileSync(join(root, 'index.html'), 'utf8');
  const entry = [...page.matchAll(/<script type="module"[^>]* src="\.\/([^"]+)"/g)];
  const imported = [...page.matchAll(/<link rel="modulepreload"[^>]* href="\.\/([^"]+)"/g)];
  if (entry.length !== 1)
    throw new Error(`index.html has ${String(entry.length)} entries, not one.`);
  const scripts = [...entry, ...imported].map(([, name]) => name ?? '');
  const sizes = scripts.map(
    (name) => gzipSync(readFileSync(join(root, name)), { level: 9 }).byteLength,
  );
  return { scripts, gzipBytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}
