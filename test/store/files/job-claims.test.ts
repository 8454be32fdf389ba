import { spawn } from 'node:child_process';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { claimedIn, JobClaims, STALE_MS } from '../../../src/store/files/job-claims.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { ownIdentity } from '../../../src/store/files/process-identity.ts';
import { bundledProgram } from '../../support/bundled-program.ts';
import { deadProcess } from '../../support/dead-process.ts';
import { freshFolder } from '../../support/fresh-folder.ts';

function storeFolder(): string {
  const root = freshFolder();
  openFileStore(root);
  return root;
}

/** Claims as another process makes them, on a clock of the test. */
function claimsOf(root: string, identity: Partial<ReturnType<typeof ownIdentity>> = {}) {
  const notices: string[] = [];
  const clock = { now: 0 };
  const claims = new JobClaims(root, {
    now: () => clock.now,
    beat: () => () => undefined,
    onNotice: (text) => notices.push(text),
    identity: { ...ownIdentity(), ...identity },
  });
  return { claims, notices, clock };
}

/** Moves a claim's heartbeat on. */
function beat(root: string, id: string, second: number): void {
  utimesSync(join(root, 'claims', id), second, second);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('claims', () => {
  it('give a job to one, and to the other when the first lets go', () => {
    const root = storeFolder();
    const [a, b] = [claimsOf(root).claims, claimsOf(root).claims];
    const held = a.claim('job');
    expect(held).not.toBeNull();
    expect(b.claim('job')).toBeNull();
    expect(b.claim('another')).not.toBeNull();
    held?.release();
    held?.release();
    expect(b.claim('job')).not.toBeNull();
    expect(claimedIn(root).sort()).toEqual(['another', 'job']);
  });

  it('of a process that is gone are taken over at once, and that is said', () => {
    const root = storeFolder();
    const pid = deadProcess();
    const left = claimsOf(root, { pid }).claims.claim('job');
    expect(left).not.toBeNull();
    const { claims, notices } = claimsOf(root);
    expect(claims.claim('job')).not.toBeNull();
    expect(notices).toEqual([expect.stringMatching(new RegExp(`Process ${pid} on .* is gone`))]);
    // What the dead one would release is no longer its own.
    left?.release();
    expect(claimedIn(root)).toEqual(['job']);
  });

  it.each([
    ['another machine', { host: 'elsewhere', pid: deadProcess() }],
    ['another container of this machine', { space: 'pid:[1]', pid: deadProcess() }],
    ['a process that hangs', { pid: process.ppid }],
  ])('of %s are taken over when the heartbeat has stopped, not before', (_, identity) => {
    const root = storeFolder();
    claimsOf(root, identity).claims.claim('job');
    const { claims, notices, clock } = claimsOf(root);
    for (let second = 1; second < 500; second += 50) {
      // Clocks of two machines need not agree: this one's beats are of 1970.
      beat(root, 'job', second);
      clock.now = second * 1000;
      expect(claims.claim('job')).toBeNull();
    }
    const last = clock.now;
    clock.now = last + STALE_MS - 1;
    expect(claims.claim('job')).toBeNull();
    clock.now = last + STALE_MS;
    expect(claims.claim('job')).not.toBeNull();
    expect(notices).toEqual([expect.stringContaining('silent for 60 s')]);
  });

  it('that are half-written do not stay for ever', () => {
    const root = storeFolder();
    const { claims, clock } = claimsOf(root);
    writeFileSync(join(root, 'claims', 'job'), '{"host":');
    expect(claims.claim('job')).toBeNull();
    clock.now = STALE_MS;
    expect(claims.claim('job')).not.toBeNull();
  });

  it('say once for whom one waits', async () => {
    const root = storeFolder();
    claimsOf(root, { host: 'elsewhere', pid: 7 }).claims.claim('job');
    const { claims, notices } = claimsOf(root);
    for (let round = 0; round < 3; round++) await claims.wait(['free', 'job'], (id) => `"${id}"`);
    expect(notices).toEqual(['Waits for process 7 on elsewhere, which makes "job"']);
  });

  it('look again after a tenth of the time waited, from 10 ms to a second', async () => {
    const root = storeFolder();
    const { claims, clock } = claimsOf(root);
    const pauseAt = async (now: number): Promise<number> => {
      clock.now = now;
      vi.useFakeTimers();
      const waited = claims.wait(['job'], String);
      const before = Date.now();
      vi.runAllTimers();
      await waited;
      return Date.now() - before;
    };
    expect(await pauseAt(5000)).toBe(10);
    expect(await pauseAt(5050)).toBe(10);
    expect(await pauseAt(7000)).toBe(200);
    expect(await pauseAt(60_000)).toBe(1000);
    // Who had work in between begins anew.
    claims.claim('another')?.release();
    expect(await pauseAt(70_000)).toBe(10);
  });

  it('go to one of four processes that ask at the same time', async () => {
    const root = storeFolder();
    const code = `
      import { JobClaims } from './src/store/files/job-claims.ts';
      const claims = new JobClaims(process.argv[2], { now: () => performance.now() });
      process.stdout.write('ready\\n');
      await new Promise((go) => process.stdin.once('data', go));
      const got = [];
      for (let job = 0; job < 300; job++) if (claims.claim('job' + job) !== null) got.push(job);
      console.log(JSON.stringify(got));
      process.stdin.once('data', () => process.exit());
    `;
    const program = await bundledProgram(code, freshFolder());
    const children = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, [program, root], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
      const says = (pattern: RegExp) =>
        new Promise<string>((resolve, reject) => {
          const look = () => {
            const found = pattern.exec(text)?.[0];
            if (found !== undefined) resolve(found);
          };
          child.stdout.on('data', look);
          child.on('exit', () => {
            reject(new Error(`ended after ${text}`));
          });
          look();
        });
      return { child, says };
    });
    await Promise.all(children.map(({ says }) => says(/ready/)));
    for (const { child } of children) child.stdin.write('go');
    // All are asked before one ends: the claims of a dead process are free.
    const got = await Promise.all(children.map(({ says }) => says(/\[.*\]/)));
    for (const { child } of children) child.stdin.write('end');
    const jobs = got.flatMap((text) => JSON.parse(text) as number[]);
    expect(jobs.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, job) => job));
    expect(existsSync(join(root, 'claims', 'job0'))).toBe(true);
  });
});
