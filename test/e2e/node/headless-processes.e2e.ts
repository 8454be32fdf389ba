import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitsOf } from '../run-bits.ts';
import { runHeadless, startHeadless, type Running } from '../run-headless.ts';
import { holdersIn, jobsIn, madeIn, planOf } from '../run-jobs.ts';

const JOBS = 40;

let folder = '';
/** A run of one process: what many must equal. */
let whole = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-processes-'));
  whole = join(folder, 'whole');
  expect(await runHeadless(words(whole))).toMatchObject({ code: 0, stderr: '' });
  expect(planOf(whole)).toHaveLength(JOBS);
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const words = (out: string, ...more: string[]): string[] => [
  ...['experiments/tiny.yaml', '--out', out, '--executor', 'cpu', '--threads', '1'],
  ...more,
];

describe('processes on one store', () => {
  it('four of them make forty jobs once each, with the bits of one', async () => {
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
    const store = join(folder, 'killed-store');
    const [lost, left] = ['killed', 'left'].map((name) => {
      return startHeadless(words(join(folder, name), '--store', store));
    }) as [Running, Running];
    await lost.waitFor(/jobs, \d+ finished already/);
    const pid = lost.process.pid ?? 0;
    // Held still while somebody looks: what it has in its hands then is what the kill tears away.
    for (;;) {
      lost.process.kill('SIGSTOP');
      // A signal takes a moment to reach all threads.
      await new Promise((go) => setTimeout(go, 30));
      if (holdersIn(store).includes(pid)) break;
      expect(lost.process.exitCode, 'It ended before it was killed.').toBeNull();
      lost.process.kill('SIGCONT');
      await new Promise((go) => setTimeout(go, 5));
    }
    lost.process.kill('SIGKILL');
    const ended = await left.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      new RegExp(`Process ${pid} on .* is gone: its job \\w{12} is taken over\\.`),
    );
    expect(bitsOf(join(folder, 'left'))).toEqual(bitsOf(whole));
    expect(jobsIn(store)).toEqual(jobsIn(join(whole, '.store')));
    // Only the other's out folder has results.
    expect(readdirSync(join(folder, 'killed'))).toEqual([]);
    expect(readdirSync(join(store, 'claims'))).toEqual([]);
  });
});
