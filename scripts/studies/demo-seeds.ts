import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { PROJECT_ROOT } from '../project.ts';

/**
 * The demo on several seeds, for `bench/results/demo`: `node --import tsx scripts/studies/demo-seeds.ts [SEED …]`
 * (1 2 3 when none are named). The document is the demo's own but for its seeds. Not a part of `npm test`.
 */
const KEPT = ['results.csv', 'differences.csv', 'report.html'];

const seeds = process.argv.slice(2).map(Number);
const document = parseDocument(readFileSync(join(PROJECT_ROOT, 'experiments/demo.yaml'), 'utf8'));
document.set('seeds', seeds.length > 0 ? seeds : [1, 2, 3]);
const folder = mkdtempSync(join(tmpdir(), 'mmgrid-demo-seeds-'));
const written = join(folder, 'demo.yaml');
writeFileSync(written, document.toString());
const words = ['scripts/headless.mjs', written, '--executor', 'cpu'];
const { status } = spawnSync(process.execPath, [...words, '--out', join(folder, 'out')], {
  cwd: PROJECT_ROOT,
  stdio: 'inherit',
});
if (status === 0) {
  const results = join(PROJECT_ROOT, 'bench/results/demo');
  mkdirSync(results, { recursive: true });
  for (const name of KEPT) copyFileSync(join(folder, 'out', name), join(results, name));
  console.log(`Wrote ${KEPT.join(', ')} in ${results}`);
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;
