import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from './sources.ts';

/** Python is no part of the project: where it is missing its check is left out, and a line says so. */
export const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('python3 is missing: the second reader’s check is left out.');

/** What the second reader says of stores and folders; only where there is Python. */
export function secondReader(...paths: readonly string[]): {
  readonly status: number | null;
  readonly text: string;
} {
  const script = join(PROJECT_ROOT, 'scripts', 'second-reader.py');
  // Without what Python compiles: nothing is left beside the sources.
  const { status, stdout, stderr } = spawnSync('python3', ['-B', script, ...paths], {
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}
