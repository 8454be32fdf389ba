import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitsOf } from '../run-bits.ts';
import { runWarm } from '../run-warm.ts';
import { oneCellText } from '../small-documents.ts';

const DOCUMENT = oneCellText();

let folder = '';
let document = '';
let whole = '';
beforeAll(async () => {
  // A folder with a space in its name: everything has to be quoted.
  folder = mkdtempSync(join(tmpdir(), 'mmgrid export-'));
  document = join(folder, 'document.yaml');
  writeFileSync(document, DOCUMENT);
  whole = join(folder, 'whole');
  const ended = await runWarm('headless', [document, '--out', whole, '--executor', 'cpu']);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function exported(kind: string): Promise<string> {
  const out = join(folder, kind);
  const words = [document, '--export', kind, '--out', out, '--executor', 'cpu'];
  expect(await runWarm('headless', words)).toMatchObject({ code: 0, stderr: '' });
  return out;
}

/** Runs a program to its end. */
function ended(program: string, words: readonly string[], cwd: string, env = process.env) {
  return spawnSync(program, words, { cwd, env, encoding: 'utf8' });
}

/** Starts a program, kills it and all that it has started when two jobs are done and others not. */
async function killedInJob(program: string, words: readonly string[], out: string): Promise<void> {
  const child = spawn(program, words, { cwd: out, stdio: 'ignore', detached: true });
  const done = () => readdirSync(join(out, 'store', 'jobs')).length;
  const isEnded = new Promise((resolve) => child.on('close', resolve));
  while (!readdirSync(join(out, 'store')).includes('jobs') || done() < 2) {
    expect(child.exitCode).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // It and all jobs it has started are a group of processes of their own.
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await isEnded;
  expect(done()).toBeLessThan(readdirSync(join(whole, '.store', 'jobs')).length);
}

describe('an exported plan', () => {
  it('runs under make -j2, killed in the middle and started again: the same bits', async () => {
    const out = await exported('make');
    await killedInJob('make', ['-j2'], out);
    const second = ended('make', ['-j2'], out);
    expect(second).toMatchObject({ status: 0, stderr: '' });
    expect(bitsOf(join(out, 'results'))).toEqual(bitsOf(whole));
    expect(ended('make', [], out).stdout).toMatch(/Nothing to be done/);
  });

  it('is refused in the folder of another', async () => {
    const out = join(folder, 'taken');
    const words = ['--export', 'make', '--out', out, '--executor', 'cpu'];
    expect((await runWarm('headless', [document, ...words])).code).toBe(0);
    const makefile = readFileSync(join(out, 'Makefile'), 'utf8');
    const other = join(folder, 'other.yaml');
    writeFileSync(other, DOCUMENT.replace('seeds: [1]', 'seeds: [2]'));
    const refused = await runWarm('headless', [other, ...words]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/holds make \w+ already\. \[data-invalid\]/);
    expect(readFileSync(join(out, 'Makefile'), 'utf8')).toBe(makefile);
  });

  it('runs as arrays of Slurm, played by a program that keeps its rules', async () => {
    const out = await exported('slurm');
    const sbatch = join(out, 'sbatch');
    // Runs an array at once, one task after the other; refuses what depends on what it did not run.
    writeFileSync(
      sbatch,
      `#!/bin/sh
first=0 last=0 after=
for word; do case "$word" in
  --array=*) range="\${word#--array=}"; first="\${range%-*}" last="\${range#*-}" ;;
  --dependency=afterok:*) after="\${word#--dependency=afterok:}" ;;
esac; script="$word"; done
echo "$*" >>sbatch.log
[ -z "$after" ] || grep -qx "$after" done.log || exit 1
task="$first"
while [ "$task" -le "$last" ]; do
  SLURM_ARRAY_TASK_ID="$task" sh "$script" >>tasks.log 2>&1 || exit 1
  task=$((task + 1))
done
number=$(wc -l <sbatch.log)
echo "$number" >>done.log
echo "$number"
`,
    );
    chmodSync(sbatch, 0o755);
    const env = { ...process.env, PATH: `${out}${delimiter}${process.env['PATH'] ?? ''}` };
    const submitted = ended('./submit.sh', ['--partition=short'], out, env);
    expect(submitted).toMatchObject({ status: 0, stderr: '' });
    const calls = readFileSync(join(out, 'sbatch.log'), 'utf8').trim().split('\n');
    expect(calls.every((call) => call.includes('--partition=short'))).toBe(true);
    expect(calls.slice(1).every((call, at) => call.includes(`afterok:${at + 1}`))).toBe(true);
    expect(bitsOf(join(out, 'results'))).toEqual(bitsOf(whole));
  });

  describe.runIf(spawnSync('snakemake', ['--version']).status === 0)('under snakemake', () => {
    const local = ['--profile', 'profiles/local', '--cores', '2'];

    it('runs with two jobs at a time, killed in the middle and started again: the same bits', async () => {
      const out = await exported('snakemake');
      const dry = ended('snakemake', ['-n', '--cores', '2'], out);
      expect(dry.status, dry.stderr).toBe(0);
      await killedInJob('snakemake', local, out);
      const second = ended('snakemake', local, out);
      expect(second.status, second.stderr).toBe(0);
      expect(bitsOf(join(out, 'results'))).toEqual(bitsOf(whole));
      const again = ended('snakemake', [...local, '-n'], out);
      expect(`${again.stdout}${again.stderr}`).toMatch(/Nothing to be done/);
    });

    it('asks for memory and minutes, and for a GPU, with the profile of a cluster', async () => {
      const out = join(folder, 'snakemake-gpu');
      const words = ['--export', 'snakemake', '--out', out, '--require-gpu'];
      expect((await runWarm('headless', [document, ...words])).code).toBe(0);
      const { status, stdout, stderr } = ended(
        'snakemake',
        ['-n', '--profile', 'profiles/slurm'],
        out,
      );
      expect(status, stderr).toBe(0);
      const asked = `${stdout}${stderr}`.match(/resources: mem_mb=\d+.*runtime=\d+.*/g) ?? [];
      const { jobs } = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8')) as {
        jobs: { kind: string }[];
      };
      // And one that collects.
      expect(asked).toHaveLength(jobs.length + 1);
      const counting = jobs.filter(({ kind }) => kind === 'prepare' || kind === 'baseline');
      expect(asked.filter((line) => /gpu=1, slurm_extra='?--gres=gpu:1/.test(line))).toHaveLength(
        jobs.length - counting.length,
      );
    });
  });
});
