import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitsOf } from '../run-bits.ts';
import { runHeadless, startHeadless, type Running } from '../run-headless.ts';
import { runWarm } from '../run-warm.ts';
import { makersIn, jobsIn, madeIn, planOf } from '../run-jobs.ts';
import { oneStageText } from '../small-documents.ts';

const JOBS = 21;

let folder = '';
let document = '';
/** A run of one process: what many must equal. */
let whole = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-processes-'));
  document = join(folder, 'document.yaml');
  writeFileSync(document, oneStageText());
  whole = join(folder, 'whole');
  expect(await runWarm('headless', words(whole))).toMatchObject({ code: 0, stderr: '' });
  expect(planOf(whole)).toHaveLength(JOBS);
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const words = (out: string, ...more: string[]): string[] => [
  ...[document, '--out', out, '--executor', 'cpu', '--threads', '1'],
  ...more,
];

/** The first process that is found making a job, held still: a kill then tears the job away. */
async function stoppedInJob<Each extends { run: Running }>(
  processes: readonly Each[],
  store: string,
): Promise<Each> {
  for (let turn = 0; ; turn++) {
    const each = processes[turn % processes.length];
    if (each?.run.process.exitCode !== null) throw new Error('It ended before it was stopped.');
    each.run.process.kill('SIGSTOP');
    // A signal takes a moment to reach all threads.
    await new Promise((go) => setTimeout(go, 30));
    if (makersIn(store).includes(each.run.process.pid ?? 0)) return each;
    each.run.process.kill('SIGCONT');
  }
}

describe('processes on one store', () => {
  it('four of them make every job once, with the bits of one', async () => {
    const store = join(folder, 'four-store');
    const outs = [1, 2, 3, 4].map((each) => join(folder, `four-${each}`));
    const ended = await Promise.all(outs.map((out) => runHeadless(words(out, '--store', store))));
    for (const each of ended) expect(each).toMatchObject({ code: 0, stderr: '' });
    expect(ended.flatMap(madeIn).sort()).toEqual(
      planOf(whole)
        .map(({ title }) => title)
        .sort(),
    );
    // Or nothing was shared.
    expect(ended.filter((each) => madeIn(each).length > 0).length).toBeGreaterThan(1);
    expect(jobsIn(store)).toEqual(jobsIn(join(whole, '.store')));
    for (const out of outs) expect(bitsOf(out)).toEqual(bitsOf(whole));
    expect(readdirSync(join(store, 'claims'))).toEqual([]);
    expect(readdirSync(join(store, 'temp'))).toEqual([]);
  });

  it('one that is killed in a job leaves it to the other, which says so', async () => {
    const slower = join(folder, 'longer.yaml');
    writeFileSync(slower, oneStageText().replaceAll(/epochs: 1\b/g, 'epochs: 24'));
    const longer = (out: string, ...more: string[]) => [slower, ...words(out, ...more).slice(1)];
    expect(await runWarm('headless', longer(join(folder, 'longer')))).toMatchObject({ code: 0 });
    const store = join(folder, 'killed-store');
    const both = ['a', 'b'].map((name) => ({
      out: join(folder, name),
      run: startHeadless(longer(join(folder, name), '--store', store)),
    }));
    for (const { run } of both) await run.waitFor(/jobs, \d+ finished already/);
    const lost = await stoppedInJob(both, store);
    const pid = lost.run.process.pid ?? 0;
    lost.run.process.kill('SIGKILL');
    const left = both.find((each) => each !== lost) ?? lost;
    const ended = await left.run.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      new RegExp(`Process ${pid} on .* is gone: its job \\w{12} is taken over\\.`),
    );
    expect(bitsOf(left.out)).toEqual(bitsOf(join(folder, 'longer')));
    expect(jobsIn(store)).toEqual(jobsIn(join(folder, 'longer', '.store')));
    // Only the other's out folder has results.
    expect(readdirSync(lost.out)).toEqual([]);
    expect(readdirSync(join(store, 'claims'))).toEqual([]);
  });
});
