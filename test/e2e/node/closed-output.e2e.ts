import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshFolder } from '../../support/fresh-folder.ts';
import { PROJECT_ROOT } from '../../support/sources.ts';

/* What only a process of its own has: an output that nobody reads any longer. */

const words = (out: string) => ['--out', out, '--executor', 'cpu', '--threads', '1'];

it('a run whose output nobody reads any longer ends quietly with 141, as others do', async () => {
  const child = spawn(
    process.execPath,
    ['scripts/headless.mjs', 'experiments/tiny.yaml', ...words(join(freshFolder(), 'out'))],
    { cwd: PROJECT_ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // As `head -1` does.
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect([code, stderr]).toEqual([141, '']);
});
