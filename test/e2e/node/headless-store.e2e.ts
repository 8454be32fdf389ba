import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { hasPython, secondReader } from '../../support/second-reader.ts';
import { bitsOf } from '../run-bits.ts';
import { runHeadless, startHeadless, type Ended } from '../run-headless.ts';
import { runWarm } from '../run-warm.ts';
import { jobsIn, madeIn, planOf } from '../run-jobs.ts';
import { oneStageText } from '../small-documents.ts';

let folder = '';
let document = '';
/** An uninterrupted run of one process: what every other must equal. */
let whole = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-store-'));
  document = join(folder, 'document.yaml');
  writeFileSync(document, oneStageText());
  whole = join(folder, 'whole');
  expect(await run(whole)).toMatchObject({ code: 0, stderr: '' });
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const words = (out: string, ...more: string[]) => [
  document,
  '--out',
  out,
  '--executor',
  'cpu',
  '--threads',
  '1',
  ...more,
];
const run = (out: string, ...more: string[]): Promise<Ended> =>
  runWarm('headless', words(out, ...more));

describe('a store of files', () => {
  it('holds a folder a job, nothing half-written and no claim after a run', () => {
    const store = join(whole, '.store');
    expect(readdirSync(store).sort()).toEqual(['claims', 'jobs', 'store.json', 'temp']);
    expect(readdirSync(join(store, 'claims'))).toEqual([]);
    expect(readdirSync(join(store, 'temp'))).toEqual([]);
    expect(jobsIn(store).length).toBeGreaterThan(12);
    for (const id of jobsIn(store)) {
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      expect(existsSync(join(store, 'jobs', id, 'job.json'))).toBe(true);
    }
  });

  it('survives kill -9 at random moments: the same bits as one run', async () => {
    const out = join(folder, 'killed');
    const random = new RandomStream(14, 'kills');
    let lost = 0;
    for (let kill = 0; kill < 6; kill++) {
      const next = startHeadless(words(out));
      await next.waitFor(/jobs, \d+ finished already/);
      await new Promise((go) => setTimeout(go, random.nextUniform() * 400));
      next.process.kill('SIGKILL');
      await next.ended;
      const claims = readdirSync(join(out, '.store', 'claims')).length;
      // Whatever moment it was: what counts is whole, to another reader, too.
      if (hasPython && jobsIn(join(out, '.store')).length > 0) {
        expect(secondReader(join(out, '.store'))).toMatchObject({ status: 0 });
      }
      lost += claims + readdirSync(join(out, '.store', 'temp')).length > 0 ? 1 : 0;
    }
    const last = await run(out);
    expect(last).toMatchObject({ code: 0, stderr: '' });
    expect(bitsOf(out)).toEqual(bitsOf(whole));
    expect(jobsIn(join(out, '.store'))).toEqual(jobsIn(join(whole, '.store')));
    if (hasPython) {
      const { status, text } = secondReader(out, join(out, '.store'));
      expect([status, text]).toEqual([0, expect.stringContaining('All of it is sound.')]);
      for (const what of ['safetensors files', 'results that are the mean of their users']) {
        expect(text).toContain(what);
      }
    }
    // Or no kill had caught a job in the middle.
    expect(lost).toBeGreaterThan(0);
  });

  it('is shared by two processes that make every job once', async () => {
    const store = join(folder, 'shared-store');
    const outs = [join(folder, 'shared-1'), join(folder, 'shared-2')];
    const ended = await Promise.all(outs.map((out) => runHeadless(words(out, '--store', store))));
    for (const each of ended) expect(each).toMatchObject({ code: 0, stderr: '' });
    const made = ended.flatMap(madeIn);
    expect(new Set(made).size).toBe(made.length);
    expect(made.length).toBe(jobsIn(store).length);
    for (const out of outs) expect(bitsOf(out)).toEqual(bitsOf(whole));
  });

  it('makes a damaged result again, and says so', async () => {
    const out = join(folder, 'damaged');
    cpSync(join(whole, '.store'), join(out, '.store'), { recursive: true });
    const jobs = join(out, '.store', 'jobs');
    const id = jobsIn(join(out, '.store')).find((job) =>
      existsSync(join(jobs, job, 'chunk-000000.bin')),
    );
    const path = join(jobs, id ?? '', 'chunk-000000.bin');
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] ?? 0) ^ 4;
    writeFileSync(path, bytes);
    const ended = await run(out);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(
      `The stored result ${(id ?? '').slice(0, 12)} is damaged: chunk-000000.bin has another SHA-256`,
    );
    const remade = /Warning: ".+" is made again, because what was stored of it was lost\./;
    expect(ended.stdout.match(new RegExp(remade, 'g'))).toHaveLength(1);
    // And whoever only reads the results learns of it.
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('is made again, because');
    expect(madeIn(ended)).toHaveLength(1);
    expect(bitsOf(out)).toEqual(bitsOf(whole));
  });

  it.each([
    ['a store of another version', '{"schema":"mmgrid-store/7"}', /has a form mmgrid-store\/7/],
    ['what is no store at all', 'hello', /has a form that is unreadable/],
  ])('is refused with 2 when it is %s', async (_, text, message) => {
    const store = mkdtempSync(join(folder, 'odd-'));
    writeFileSync(join(store, 'store.json'), text);
    const ended = await run(join(folder, 'odd-out'), '--store', store);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).toContain('--store DIR');
    expect(readdirSync(store)).toEqual(['store.json']);
  });
});

describe('one job of a plan', () => {
  it('is refused with 2 when it is not of the plan, and when its inputs are missing', async () => {
    const store = join(folder, 'job-store');
    const unknown = await run(join(folder, 'job'), '--store', store, '--job', 'f00');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('Job f00 is not one of this plan. [experiment-invalid]');
    const summaries = planOf(whole);
    const merge = summaries.find(({ title }) => title === 'merge average');
    const early = await run(join(folder, 'job'), '--store', store, '--job', merge?.id ?? '');
    expect(early.code).toBe(2);
    expect(early.stderr).toContain(`"merge average" needs ${merge?.inputs.length} jobs`);
    expect(early.stderr).toContain(`${merge?.inputs[0]}: `);
    expect(jobsIn(store)).toEqual([]);

    const first = summaries.find(({ inputs }) => inputs.length === 0);
    const made = await run(join(folder, 'job'), '--store', store, '--job', first?.id ?? '');
    expect(made.code).toBe(0);
    expect(jobsIn(store)).toEqual([first?.id]);
    // Its results are for others to collect.
    expect(existsSync(join(folder, 'job', 'results.json'))).toBe(false);
  });

  it('collects what a store has: all of it, or nothing and 2', async () => {
    const store = join(folder, 'collected-store');
    cpSync(join(whole, '.store'), store, { recursive: true });
    const out = join(folder, 'collected');
    expect(await run(out, '--store', store, '--collect')).toMatchObject({ code: 0, stderr: '' });
    expect(bitsOf(out)).toEqual(bitsOf(whole));
    const [gone] = jobsIn(store);
    rmSync(join(store, 'jobs', gone ?? ''), { recursive: true });
    const missing = join(folder, 'not-collected');
    const ended = await run(missing, '--store', store, '--collect');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('The results of a job that the store does not have');
    expect(ended.stderr).toContain(gone);
    expect(existsSync(join(missing, 'results.json'))).toBe(false);
  });
});
