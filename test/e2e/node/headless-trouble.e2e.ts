import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../support/sources.ts';
import { bitsOf } from '../run-bits.ts';
import { runWarm } from '../run-warm.ts';
import { jobsIn, planOf } from '../run-jobs.ts';
import { oneStageText } from '../small-documents.ts';

const HEADLESS = 'node scripts/headless.mjs "$DOCUMENT"';
const CPU = '--executor cpu --threads 1';

let folder = '';
let document = '';
let whole = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-trouble-'));
  whole = join(folder, 'whole');
  document = join(folder, 'document.yaml');
  writeFileSync(document, oneStageText());
  const words = [document, '--out', whole, ...CPU.split(' ')];
  expect(await runWarm('headless', words)).toMatchObject({ code: 0 });
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Whether this machine lets a program have file systems of its own. */
const hasOwnMounts = spawnSync('unshare', ['-mr', 'true']).status === 0;

/** Lines of a shell whose mounts nobody else sees. */
function ownMounts(lines: readonly string[], env: Readonly<Record<string, string>>) {
  const script = ['set -e', ...lines].join('\n');
  return spawnSync('unshare', ['-mr', 'sh', '-c', script], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, DOCUMENT: document, ...env },
    encoding: 'utf8',
  });
}

describe.runIf(hasOwnMounts)('a run on a real disk', () => {
  it.each([
    ['before the first job', '16k', 0],
    ['in the middle', '160k', 5],
    ['while results are written', '500k', 21],
  ])(
    'that is full %s keeps what is finished, says what to do, and goes on with more space',
    (_, size, least) => {
      const disk = join(folder, `disk-${size}`);
      const copy = join(folder, `copy-${size}`);
      mkdirSync(disk);
      const { status, stdout, stderr } = ownMounts(
        [
          `mount -t tmpfs -o size=${size} none "$DISK"`,
          `${HEADLESS} ${CPU} --out "$DISK/out" >/dev/null || echo "ended with $?"`,
          'cp -r "$DISK/out" "$COPY"',
          'mount -o remount,size=64m "$DISK"',
          `${HEADLESS} ${CPU} --out "$DISK/out"`,
          'cp -r "$DISK/out" "$COPY-later"',
        ],
        { DISK: disk, COPY: copy },
      );
      expect(status, `${stdout}${stderr}`).toBe(0);
      expect(stdout).toContain('ended with 1');
      expect(stderr).toMatch(/The disk is full while writing .*\[quota-exceeded\]/);
      expect(stderr).toContain('Nothing half-written is kept, finished jobs are. ');
      expect(stderr).toMatch(/free (some )?space( on the disk)? and run again\./i);
      const kept = jobsIn(join(copy, '.store'));
      expect(kept.length).toBeGreaterThanOrEqual(least);
      expect(stdout).toContain(`${planOf(whole).length} jobs, ${kept.length} finished already`);
      expect(stdout.match(/from the store/g) ?? []).toHaveLength(kept.length);
      // Nothing half-written under a name that counts, nor beside it.
      expect(existsSync(join(copy, 'results.json'))).toBe(false);
      expect(readdirSync(join(copy, '.store', 'temp'))).toEqual([]);
      const half = readdirSync(copy, { recursive: true, encoding: 'utf8' });
      expect(half.filter((path) => path.includes('.part'))).toEqual([]);
      for (const id of kept)
        expect(existsSync(join(copy, '.store', 'jobs', id, 'job.json'))).toBe(true);
      expect(bitsOf(`${copy}-later`)).toEqual(bitsOf(whole));
    },
  );

  it.each([
    ['out folder', '--out "$DISK"', /--out .* cannot be written \(EROFS\)/],
    ['store', `--out "$FREE" --store "$DISK"`, /No permission while opening .*\n.*--store DIR/],
  ])('without permission to write its %s is refused before any work', (_, words, message) => {
    const disk = join(folder, 'read-only');
    const free = join(folder, 'free');
    mkdirSync(disk, { recursive: true });
    const { stdout, stderr } = ownMounts(
      [
        'mount -t tmpfs -o ro none "$DISK"',
        `${HEADLESS} ${CPU} ${words} || echo "ended with $?"`,
        'ls -A "$DISK"',
      ],
      { DISK: disk, FREE: free },
    );
    expect(stderr).toMatch(message);
    expect(stdout.trim()).toBe('ended with 2');
    if (existsSync(free)) expect(readdirSync(free)).toEqual([]);
  });
});

describe('a job of an exported plan that fails', () => {
  it('keeps the others, names what is missing, and leaves no results', async () => {
    const out = join(folder, 'failing');
    // Of a GPU that no machine has: what only counts is done, what trains fails.
    const words = ['--executor', 'auto', '--adapter', 'no such GPU', '--require-gpu'];
    const exported = await runWarm('headless', [
      ...[document, '--export', 'make', '--out', out],
      ...words,
    ]);
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    const made = spawnSync('make', ['-k', '-j2'], { cwd: out, encoding: 'utf8' });
    expect(made.status).toBe(2);
    expect(made.stderr).toContain('No hardware GPU computes here.');
    expect(made.stderr).toContain('Nothing was run; without --require-gpu');
    const plan = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8')) as {
      jobs: { id: string; kind: string; title: string; inputs: string[] }[];
    };
    const idsOf = (...kinds: string[]) =>
      plan.jobs.flatMap(({ id, kind }) => (kinds.includes(kind) ? [id] : []));
    expect(jobsIn(join(out, 'store'))).toEqual(idsOf('prepare', 'baseline').sort());
    expect(existsSync(join(out, 'results'))).toBe(false);
    // One whose input has failed says so, and which.
    const evaluate = plan.jobs.find(({ kind }) => kind === 'evaluate');
    const refused = await runWarm('headless', [
      ...[document, '--out', join(out, 'results'), '--executor', 'cpu'],
      ...['--store', join(out, 'store'), '--job', evaluate?.id ?? ''],
    ]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`"${evaluate?.title}" needs`);
    expect(refused.stderr).toContain('one that failed says why in its own run.');
    expect(existsSync(join(out, 'results'))).toBe(false);
  });
});
