import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { HOSTS_SCHEMA, hostRatios, type Turn } from '../../bench/hosts/host-ratios.ts';
import type { BenchRecord } from '../../bench/result.ts';
import { parseRecord } from '../../bench/table.ts';
import { PROJECT_ROOT, projectVersion } from '../project.ts';

/**
 * Trains the smallest model of the bench in Node and in the page, in turns, with the same numbers of
 * threads, and stores how many times the page's tokens a second Node trains on.
 * @param results folder of the records
 * @returns the exit code
 */
export async function benchHosts(words: readonly string[], results: string): Promise<number> {
  const given = readWords(words);
  if (typeof given === 'string') {
    console.error(given);
    return 2;
  }
  const { turns: count, rest, out } = given;
  const folder = mkdtempSync(join(tmpdir(), 'mmgrid-bench-hosts-'));
  try {
    const turns: Turn[] = [];
    const load: number[] = [];
    for (let turn = 0; turn < count; turn++) {
      load.push(Number((loadavg()[0] ?? NaN).toFixed(2)));
      // Whoever is first has the cooler machine.
      const order =
        turn % 2 === 0 ? (['node', 'browser'] as const) : (['browser', 'node'] as const);
      const found = new Map<string, BenchRecord>();
      for (const host of order) {
        found.set(host, await measured(host, rest, join(folder, `${host}-${turn}.json`)));
      }
      const [node, page] = [found.get('node'), found.get('browser')];
      if (node !== undefined && page !== undefined) turns.push({ node, page });
    }
    const ratios = hostRatios(turns);
    for (const { case: name, engine, ratio, ratios: all } of ratios) {
      const each = all.map((one) => one.toFixed(2)).join(', ');
      console.log(`${name}, ${engine}: Node ${ratio.toFixed(2)} x the page (${each})`);
    }
    const date = new Date().toISOString();
    const record = {
      schema: HOSTS_SCHEMA,
      ...{ date, version: projectVersion() },
      platforms: { node: turns[0]?.node.platform, page: turns[0]?.page.platform },
      machine: { processors: cpus().length, processor: cpus()[0]?.model ?? '', load },
      results: ratios,
    };
    const path = out ?? join(results, `${date.slice(0, 10)}-hosts.json`);
    writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
    console.log(`saved in ${path}`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One host, in a process of its own. */
async function measured(
  host: 'node' | 'browser',
  rest: readonly string[],
  file: string,
): Promise<BenchRecord> {
  const words = ['--only', 'train-step', '--executors', 'wasm', '--host', host, '--out', file];
  const script = join(PROJECT_ROOT, 'scripts', 'bench.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...words, ...rest], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  if (code !== 0) throw new Error(`The bench ended with ${String(code)} (--host ${host}).`);
  return parseRecord(readFileSync(file, 'utf8'));
}

/** What was asked for, or what is wrong with it. Words of the bench itself are its own matter. */
function readWords(words: readonly string[]) {
  const options = {
    only: { type: 'string' },
    turns: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1,2' },
    sizes: { type: 'string', default: 'nano' },
    out: { type: 'string' },
  } as const;
  let values;
  try {
    ({ values } = parseArgs({ args: [...words], options }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { turns, rounds, threads, sizes, out } = values;
  if (!/^[1-9]\d?$/.test(turns)) return `--turns ${turns}: must be a whole number from 1 to 99.`;
  return {
    turns: Number(turns),
    rest: ['--rounds', rounds, '--threads', threads, '--sizes', sizes],
    out: out === undefined ? null : resolve(out),
  };
}
