import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JobSummary } from '../../src/lab/job/events.ts';
import {
  allowedMinutes,
  collectCommand,
  commandOf,
  levelsOf,
  shellWord,
  type ExportedPlan,
} from '../../scripts/headless/export/exported-plan.ts';
import { makefileOf } from '../../scripts/headless/export/makefile.ts';
import { slurmFilesOf } from '../../scripts/headless/export/slurm.ts';
import { snakefileOf, snakemakeProfilesOf } from '../../scripts/headless/export/snakefile.ts';
import { writeExport } from '../../scripts/headless/export/write-export.ts';
import { freshFolder } from '../support/fresh-folder.ts';

function job(id: string, kind: JobSummary['kind'], ...inputs: string[]): JobSummary {
  return { id, kind, inputs, title: `title of ${id}`, cell: null, seed: 1, model: null };
}

const PLAN: ExportedPlan = {
  name: 'small',
  jobs: [
    job('aa', 'prepare'),
    job('bb', 'prepare'),
    job('cc', 'train', 'aa'),
    job('dd', 'merge', 'cc', 'bb'),
    job('ee', 'evaluate', 'dd', 'aa'),
  ],
  command: 'run "$PWD/d.yaml"',
  threads: 2,
  requireGpu: false,
  memoryBytes: 1_234_567_890,
  minutes: [1, 1, 40, 2, 7],
};

describe('exported plans', () => {
  it('have levels: every job after all of its inputs', () => {
    const levels = levelsOf(PLAN.jobs).map((level) => level.map(({ id }) => id));
    expect(levels).toEqual([['aa', 'bb'], ['cc'], ['dd'], ['ee']]);
  });

  it('ask for a GPU where a job computes on one, and for none elsewhere', () => {
    const plan = { ...PLAN, command: 'run --executor webgpu', requireGpu: true };
    const [gpu, cpu] = [' --require-gpu', ' --executor cpu'];
    expect(plan.jobs.map((each) => commandOf(plan, each))).toEqual(
      [cpu, cpu, gpu, gpu, gpu].map(
        (option, at) => `run --executor webgpu --job ${PLAN.jobs[at]?.id ?? ''}${option}`,
      ),
    );
    expect(collectCommand(plan)).toBe('run --executor webgpu --collect --executor cpu');
    expect(PLAN.jobs.map((each) => commandOf(PLAN, each)).join()).not.toMatch(/executor|require/);
  });

  it.each(['plain', "it's", 'a b', '$HOME `x` "y" \\', '-leading', 'ünï', '', '*?[a]', 'a\nb'])(
    'pass the word %j to a shell as it is',
    (word) => {
      const printed = execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], {
        encoding: 'utf8',
      });
      expect(printed).toBe(word);
    },
  );

  it('become a Makefile whose order is that of the plan, whatever the titles say', () => {
    const jobs = PLAN.jobs.map((each) => ({ ...each, title: 'evil \\\nall:\n\trm -rf x # \\' }));
    const folder = freshFolder();
    const script = join(folder, 'run.sh');
    // Stands in for the program: notes the job, makes its mark.
    writeFileSync(
      script,
      'case "$*" in *--collect*) mkdir -p results; : >results/results.json; exit;; esac\n' +
        'while [ $# -gt 0 ]; do [ "$1" = --job ] && id=$2; shift; done\n' +
        'echo "$id" >>log; mkdir -p "store/jobs/$id"; : >"store/jobs/$id/job.json"\n',
    );
    writeFileSync(
      join(folder, 'Makefile'),
      makefileOf({ ...PLAN, jobs, command: 'sh "$PWD/run.sh"' }),
    );
    execFileSync('make', ['-s', '-j1', '-C', folder]);
    const log = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
    const at = (id: string) => log().indexOf(id);
    expect(log().sort()).toEqual(['aa', 'bb', 'cc', 'dd', 'ee']);
    for (const { id, inputs } of jobs)
      for (const input of inputs) expect(at(input)).toBeLessThan(at(id));
    expect(existsSync(join(folder, 'results', 'results.json'))).toBe(true);
    // Nothing is done twice; what is gone is made again, alone.
    execFileSync('make', ['-s', '-C', folder]);
    expect(log()).toHaveLength(5);
  });

  it('become a Snakefile with one concrete rule a job', () => {
    const text = snakefileOf({ ...PLAN, command: 'run {x} "$PWD/d.yaml"', requireGpu: true });
    expect(text.match(/^rule job_\d+:$/gm)).toHaveLength(5);
    expect(text).toContain(`rule job_4:
    input:
        ancient("store/jobs/cc/job.json"),
        ancient("store/jobs/bb/job.json"),
    output:
        "store/jobs/dd/job.json",
    threads: 2
    resources: mem_mb=1235, runtime=2, gpu=1
    shell: "run {{x}} \\"$PWD/d.yaml\\" --job dd --require-gpu"
`);
  });
});

describe('what an export asks a machine for', () => {
  it('is three times the estimate, in whole minutes', () => {
    expect([0.1, 20, 20.1, 3600].map(allowedMinutes)).toEqual([1, 1, 2, 180]);
  });

  it('is said to Slurm for each array: the longest of its jobs, before the options of the user', () => {
    const { 'submit.sh': submit = '' } = slurmFilesOf(PLAN);
    const asked = submit.split('\n').filter((line) => /^[^#]*sbatch /.test(line));
    expect(asked.map((line) => /--time=(\d+)/.exec(line)?.[1])).toEqual([
      '1',
      '40',
      '2',
      '7',
      '30',
    ]);
    for (const line of asked) {
      expect(line).toMatch(/--mem=1235M --time=\d+ .*\$options/);
    }
    // What cannot run any more is not to wait for ever.
    expect(asked.at(-1)).toContain('--kill-on-invalid-dep=yes --dependency=afterok:$after');
  });

  it('is a GPU of Slurm only for arrays of jobs that compute on one', () => {
    const jobs = [...PLAN.jobs, job('ff', 'train', 'aa'), job('gg', 'baseline', 'aa')];
    const plan = { ...PLAN, jobs, minutes: [...PLAN.minutes, 50, 3], requireGpu: true };
    const { 'submit.sh': submit = '', ...files } = slurmFilesOf(plan);
    const arrays = [...submit.matchAll(/--time=(\d+).*--array=1-(\d+).* (levels\/\S+)\)/g)];
    expect(arrays.map(([line, ...found]) => [line.includes(' --gres=gpu:1 '), ...found])).toEqual([
      [false, '1', '2', 'levels/1.sh'],
      [false, '3', '1', 'levels/2-1.sh'],
      [true, '50', '2', 'levels/2-2.sh'],
      [true, '2', '1', 'levels/3.sh'],
      [true, '7', '1', 'levels/4.sh'],
    ]);
    expect(submit).toContain('\nafter=$array1:$array2\n');
    expect(files['levels/2-1.sh']).toContain('\n1) run "$PWD/d.yaml" --job gg --executor cpu ;;');
    expect(files['levels/2-2.sh']).toContain('\n2) run "$PWD/d.yaml" --job ff --require-gpu ;;');
  });

  it('is no array that is longer than Slurm allows', () => {
    const jobs = Array.from({ length: 1001 }, (_, at) => job(`job${at}`, 'prepare'));
    const minutes = jobs.map((_, at) => (at === 1000 ? 9 : 1));
    const { 'submit.sh': submit = '', ...files } = slurmFilesOf({ ...PLAN, jobs, minutes });
    const arrays = [...submit.matchAll(/--time=(\d+).*--array=1-(\d+).* (levels\/\S+)\)/g)];
    expect(arrays.map(([, ...found]) => found)).toEqual([
      ['1', '1000', 'levels/1-1.sh'],
      ['9', '1', 'levels/1-2.sh'],
    ]);
    expect(files['levels/1-2.sh']).toContain('\n1) run "$PWD/d.yaml" --job job1000 ;;');
    // Scripts that a shell reads: each number has one job.
    const script = files['levels/1-1.sh'] ?? '';
    expect(script.match(/^\d+\)/gm)).toHaveLength(1000);
  });

  it('is said to Snakemake 7 and 8 in one profile, each in its own words', () => {
    const gpu = { ...PLAN, requireGpu: true };
    const seven = parse(snakemakeProfilesOf(gpu)['profiles/slurm/config.yaml'] ?? '') as object;
    const eight = parse(snakemakeProfilesOf(gpu)['profiles/slurm/config.v8+.yaml'] ?? '') as object;
    const goesOn = { nolock: true, 'rerun-incomplete': true, 'rerun-triggers': ['mtime'] };
    const both = { jobs: 100, 'latency-wait': 60, ...goesOn };
    // Options of the command line: 7 has no --executor, 8 no --slurm.
    expect(seven).toEqual({
      ...{ slurm: true, ...both },
      'set-resources': ['job_3', 'job_4', 'job_5'].map(
        (rule) => `${rule}:slurm_extra='--gres=gpu:1'`,
      ),
    });
    expect(eight).toEqual({
      ...{ executor: 'slurm', ...both },
    });
    expect(snakemakeProfilesOf(PLAN)['profiles/slurm/config.yaml']).not.toContain('gpu');
  });
});

describe('the folder of an export', () => {
  const target = (folder: string) =>
    ({ folder, kind: 'make', document: 'name: x\n', storeDir: null }) as const;

  it('may be exported to again, with the same plan only', async () => {
    const folder = freshFolder();
    await writeExport(PLAN, target(folder));
    const before = readFileSync(join(folder, 'plan.json'), 'utf8');
    await writeExport(PLAN, target(folder));
    const other = { ...PLAN, jobs: PLAN.jobs.slice(1) };
    for (const [plan, kind] of [
      [other, 'make'],
      [PLAN, 'slurm'],
    ] as const) {
      await expect(writeExport(plan, { ...target(folder), kind })).rejects.toMatchObject({
        code: 'data-invalid',
        message: expect.stringMatching(/holds make [0-9a-f]{12} already/) as unknown,
      });
    }
    expect(readFileSync(join(folder, 'plan.json'), 'utf8')).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(['Makefile', 'document.yaml', 'plan.json', 'store']);
  });

  it('is refused when it holds anything else, and that stays as it is', async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'Makefile'), 'mine');
    await expect(writeExport(PLAN, target(folder))).rejects.toMatchObject({ code: 'data-invalid' });
    expect(readdirSync(folder)).toEqual(['Makefile']);
    expect(readFileSync(join(folder, 'Makefile'), 'utf8')).toBe('mine');
  });

  it('belongs to one of two that are written at once', async () => {
    const folder = freshFolder();
    const other = { ...PLAN, jobs: PLAN.jobs.slice(1) };
    const both = await Promise.allSettled([
      writeExport(PLAN, target(folder)),
      writeExport(other, { ...target(folder), document: 'name: y\n' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const isFirst = both[0].status === 'fulfilled';
    expect(readFileSync(join(folder, 'document.yaml'), 'utf8')).toBe(
      isFirst ? 'name: x\n' : 'name: y\n',
    );
    expect(readFileSync(join(folder, 'Makefile'), 'utf8').includes('title of aa')).toBe(isFirst);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('may have a store, into which a base was downloaded', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'store', 'hub'), { recursive: true });
    await writeExport(PLAN, target(folder));
    expect(readdirSync(join(folder, 'store'))).toEqual(['hub']);
    expect(existsSync(join(folder, 'plan.json'))).toBe(true);
  });

  it('points to a store elsewhere', async () => {
    const [folder, storeDir] = [freshFolder(), join(freshFolder(), 'a store')];
    await writeExport(PLAN, { ...target(folder), storeDir });
    expect(realpathSync(join(folder, 'store'))).toBe(realpathSync(storeDir));
    // Another store would be another export.
    await expect(
      writeExport(PLAN, { ...target(folder), storeDir: freshFolder() }),
    ).rejects.toMatchObject({ code: 'data-invalid' });
  });
});
