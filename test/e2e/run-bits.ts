import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { ResultRow } from '../../src/lab/results/results.ts';

/** What must not depend on host, time and number of processes. */
export interface RunBits {
  /** Every result row, without when and by whom it was computed. */
  readonly rows: readonly string[];
  /** SHA-256 by file of what checkpoints are made of: weights, tokenizer, ids, configuration. */
  readonly files: Readonly<Record<string, string>>;
}

/** Reads an out folder. */
export function bitsOf(out: string): RunBits {
  const text = readFileSync(join(out, 'results.json'), 'utf8');
  const { rows } = JSON.parse(text) as { rows: readonly ResultRow[] };
  const root = join(out, 'checkpoints');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile())
    // Origin and card name the machine and the time.
    .filter((path) => !/mmgrid\.json$|README\.md$/.test(path))
    .sort();
  return {
    rows: rows.map((row) => JSON.stringify({ ...row, backend: '', adapter: '', createdAt: '' })),
    files: Object.fromEntries(files.map((path) => [relative(root, path), sha256(path)])),
  };
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
