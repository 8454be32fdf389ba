import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROCESSES_SCHEMA, summaryOf, type Round } from '../../bench/processes/summary.ts';
import { PROJECT_ROOT, projectVersion } from '../project.ts';

const DOCUMENT = join(PROJECT_ROOT, 'bench', 'processes', 'jobs.yaml');
const COUNTS = [1, 2, 4] as const;

/**
 * Times a document of some forty jobs on one store by 1, 2 and 4 processes of one thread each, in
 * rounds of all three, and checks that every job was made once and that results are those of one.
 * @param results folder of the records
 * @returns the exit code
 */
export async function benchProcesses(words: readonly string[], results: string): Promise<number> {
  const given = readWords(words);
  if (typeof given === 'string') {
    console.error(given);
    return 2;
  }
  const { rounds: count, out } = given;
  const [firstLoad = 0] = loadavg();
  const rounds: Round[] = [];
  const rows = new Set<string>();
  for (let round = 0; round < count; round++) {
    const seconds = new Map<number, number>();
    for (const processes of COUNTS) {
      const run = await timed(processes);
      run.rows.forEach((each) => rows.add(each));
      seconds.set(processes, run.seconds);
      console.log(`  ${processes} processes: ${run.seconds.toFixed(2)} s`);
    }
    rounds.push(seconds);
  }
  if (rows.size !== 1) throw new Error('Two runs had other result rows.');
  const summary = summaryOf(rounds);
  for (const { processes, medianSeconds, timesOne } of summary) {
    console.log(`${processes}: ${medianSeconds.toFixed(2)} s, ${timesOne.toFixed(2)} x one`);
  }
  const date = new Date().toISOString();
  const record = {
    schema: PROCESSES_SCHEMA,
    ...{ date, version: projectVersion(), platform: `Node ${process.versions.node}` },
    machine: { processors: cpus().length, processor: cpus()[0]?.model ?? '' },
    // Of the minute before the first round: what else ran here.
    loadBefore: Number(firstLoad.toFixed(2)),
    document: 'bench/processes/jobs.yaml',
    summary,
  };
  const path = out ?? join(results, `${date.slice(0, 10)}-processes.json`);
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  console.log(`saved in ${path}`);
  return 0;
}

/** What was asked for, or what is wrong with it. */
function readWords(words: readonly string[]): { rounds: number; out: string | null } | string {
  const options = {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string' },
  } as const;
  let values;
  try {
    ({ values } = parseArgs({ args: [...words], options }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (!/^[1-9]\d?$/.test(values.rounds)) {
    return `--rounds ${values.rounds}: must be a whole number from 1 to 99.`;
  }
  return {
    rounds: Number(values.rounds),
    out: values.out === undefined ? null : resolve(values.out),
  };
}

/** From the first start to the last end, on a store of its own. */
async function timed(processes: number): Promise<{ seconds: number; rows: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'mmgrid-bench-processes-'));
  try {
    const outs = Array.from({ length: processes }, (_, at) => join(folder, `out-${at}`));
    const start = performance.now();
    const printed = await Promise.all(outs.map((out) => run(out, join(folder, 'store'))));
    const seconds = (performance.now() - start) / 1000;
    const made = printed.flatMap((text) => text.match(/✓ .*(?<!from the store)$/gm) ?? []);
    const jobs = Number(/: (\d+) jobs/.exec(printed[0] ?? '')?.[1]);
    if (made.length !== jobs) throw new Error(`${made.length} jobs were made of ${jobs}.`);
    return { seconds, rows: outs.map(rowsOf) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(out: string, store: string): Promise<string> {
  const words = ['--executor', 'cpu', '--threads', '1', '--out', out, '--store', store];
  const child = spawn(process.execPath, ['scripts/headless.mjs', DOCUMENT, ...words], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      if (code === 0) done(text);
      else fail(new Error(`A run ended with ${String(code)}:\n${text}`));
    });
  });
}

/** Result rows without when they were made. */
function rowsOf(out: string): string {
  const { rows } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as {
    rows: readonly object[];
  };
  return JSON.stringify(rows.map((row) => ({ ...row, createdAt: '' })));
}
