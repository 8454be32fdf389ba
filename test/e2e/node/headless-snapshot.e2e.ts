import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bitsOf } from '../run-bits.ts';
import { startHeadless, type Running } from '../run-headless.ts';
import { runWarm } from '../run-warm.ts';
import { oneCellText } from '../small-documents.ts';
import { jobsIn, planOf } from '../run-jobs.ts';

/** Whose cell takes seconds. */
const DOCUMENT = oneCellText().replace('pretrain: { epochs: 1 }', 'pretrain: { epochs: 1000 }');
const CELL = 'train Games pretrain';

let folder = '';
let document = '';
/** What is not interrupted. */
let whole = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-snapshot-'));
  document = join(folder, 'document.yaml');
  writeFileSync(document, DOCUMENT);
  whole = join(folder, 'whole');
  const ended = await runWarm('headless', words(whole));
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).not.toContain('is continued at');
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const words = (out: string): string[] => [
  ...[document, '--out', out, '--executor', 'cpu', '--threads', '1'],
];

const snapshotsIn = (store: string): string[] => jobsIn(store).filter((id) => id.includes('~'));

/**
 * Lets a run go on a little at a time until something is true of its files, and holds it still then.
 * While it stands still nothing is computed, but its clock goes on.
 */
async function heldWhen(
  { process }: Running,
  stillMs: number,
  isTrue: () => boolean,
): Promise<void> {
  const after = (ms: number) => new Promise((go) => setTimeout(go, ms));
  for (;;) {
    process.kill('SIGSTOP');
    // A signal takes a moment to reach all threads.
    await after(stillMs);
    if (isTrue()) return;
    if (process.exitCode !== null) throw new Error('It ended before it was held.');
    process.kill('SIGCONT');
    await after(5);
  }
}

it('a run that is killed in a cell goes on from its snapshot, with the bits of one that is not', async () => {
  const out = join(folder, 'killed');
  const store = join(out, '.store');
  const run = startHeadless(words(out));
  await run.waitFor(/jobs, \d+ finished already/);
  const cell = planOf(whole).find(({ title }) => title === CELL)?.id ?? '';
  const claims = join(store, 'claims');
  await heldWhen(run, 20, () => existsSync(claims) && readdirSync(claims).includes(cell));
  expect(snapshotsIn(store)).toEqual([]);
  // Ten seconds of its clock are a snapshot, and little of its work.
  await heldWhen(run, 1000, () => snapshotsIn(store).length > 0);
  run.process.kill('SIGKILL');
  expect((await run.ended).code).toBeNull();
  expect(snapshotsIn(store)).toHaveLength(1);

  const again = await runWarm('headless', words(out));
  expect(again).toMatchObject({ code: 0, stderr: '' });
  const [, step = '0', total = '0'] =
    new RegExp(`"${CELL}" is continued at step (\\d+) of (\\d+)`).exec(again.stdout) ?? [];
  expect(Number(step)).toBeGreaterThan(0);
  expect(Number(step)).toBeLessThan(Number(total));
  expect(bitsOf(out)).toEqual(bitsOf(whole));
  expect(jobsIn(store)).toEqual(jobsIn(join(whole, '.store')));
  expect(readdirSync(join(store, 'temp'))).toEqual([]);
});
