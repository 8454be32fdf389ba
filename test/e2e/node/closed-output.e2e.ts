import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshFolder } from '../../support/fresh-folder.ts';
import { PROJECT_ROOT } from '../../support/sources.ts';
import { writeModel } from '../run-merge.ts';
import { oneCellText } from '../small-documents.ts';

/* What only a process of its own has: an output that nobody reads, as behind `| head`. */

async function unread(script: string, ...words: string[]) {
  const all = [join('scripts', script), ...words, '--executor', 'cpu', '--threads', '1'];
  const child = spawn(process.execPath, all, { cwd: PROJECT_ROOT, stdio: 'pipe' });
  // Before it has printed anything.
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, stderr };
}

it('a run whose output nobody reads ends quietly, with 141 as other programs do', async () => {
  const folder = freshFolder();
  const document = join(folder, 'document.yaml');
  writeFileSync(document, oneCellText());
  const ended = await unread('headless.mjs', document, '--out', join(folder, 'out'));
  expect(ended).toEqual({ code: 141, stderr: '' });
});

it('a merge whose output nobody reads does, too, and leaves nothing half-written', async () => {
  const folder = freshFolder();
  writeModel(join(folder, 'a'), 2);
  const recipe = 'merge_method: linear\nmodels: [{ model: ./a }]\nparameters: { weight: 1 }\n';
  writeFileSync(join(folder, 'soup.yaml'), recipe);
  const out = join(folder, 'out');
  const ended = await unread('merge.mjs', join(folder, 'soup.yaml'), '--out', out);
  expect(ended).toEqual({ code: 141, stderr: '' });
  expect(readdirSync(out).filter((name) => name !== 'soup')).toEqual([]);
});
