import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { chromium, type Browser } from 'playwright';
import { format, resolveConfig } from 'prettier';
import { BenchUsageError, OPTIONS_HELP, readBenchArguments } from '../bench/arguments.ts';
import type { BenchMessage } from '../bench/bench-messages.ts';
import { isForFiles } from '../bench/files/files-arguments.ts';
import { describeResult, type BenchResult } from '../bench/result.ts';
import { makeRecord, recordPath, saveRecord } from '../bench/save-record.ts';
import { parseRecord, withTable } from '../bench/table.ts';
import type { BenchTask } from '../bench/task.ts';
import { benchHost } from './bench/bench-host.ts';
import { benchHosts } from './bench/bench-hosts.ts';
import { benchProcesses } from './bench/bench-processes.ts';
import { nodeBench } from './bench/node-bench.ts';
import { ensureBuilt } from './build.ts';
import { ensureBrowser } from './ensure-browser.ts';
import { browserFlags } from './find-browser.ts';
import { startServer } from './server/local-server.ts';
import { PROJECT_ROOT, projectVersion } from './project.ts';
import { ISOLATION_HEADERS } from './security-headers.ts';

const USAGE = `npm run bench -- [options]
${OPTIONS_HELP}
                       (default: bench/results/<date>-<adapter>.json)
  --host KIND          node, or browser: in the page      (default: node; with --peers, browser)

npm run bench -- --only processes [--rounds N] [--out FILE]    many processes on one store
npm run bench -- --only hosts [--turns N] [--threads LIST] [--sizes LIST] [--rounds N] [--out FILE]
                                                 training in Node beside the page, in turns
npm run bench -- --only files                    merges of files, in Node; --help says more
npm run bench -- --table FILE                    rewrites the table of bench/README.md from a file of bench/results`;
const MEASURED = ['@jax-js/jax', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'];

const RESULTS = join(PROJECT_ROOT, 'bench', 'results');

process.exitCode = await start(process.argv.slice(2));

async function start(words: readonly string[]): Promise<number> {
  if (words[0] === '--table') return writeTable(words[1]);
  if (/--only[ =]hosts\b/.test(words.join(' '))) return benchHosts(words, RESULTS);
  if (/--only[ =]processes\b/.test(words.join(' '))) return benchProcesses(words, RESULTS);
  if (!isForFiles(words)) return main();
  const { benchFiles } = await import('../bench/files/bench-files.ts');
  return benchFiles(words);
}

async function writeTable(file: string | undefined): Promise<number> {
  if (file === undefined) {
    console.error(`--table needs a file of bench/results.\n\n${USAGE}`);
    return 2;
  }
  const name = basename(file);
  const page = join(PROJECT_ROOT, 'bench', 'README.md');
  let text: string;
  try {
    const record = parseRecord(readFileSync(join(RESULTS, name), 'utf8'));
    text = withTable(readFileSync(page, 'utf8'), record, name);
  } catch (error) {
    console.error(`bench/results/${name}: ${error instanceof Error ? error.message : ''}`);
    return 2;
  }
  const style = await resolveConfig(page);
  writeFileSync(page, await format(text, { ...style, parser: 'markdown' }));
  return 0;
}

async function main(): Promise<number> {
  const given = readUsage();
  if (typeof given === 'number') return given;
  if (given.host === 'node') return nodeBench(given.rest, RESULTS);
  const { task, out } = given;
  const executablePath = ensureBrowser();
  if (executablePath === null) return 1;
  const root = await ensureBuilt('bench');
  const browser = await chromium.launch({ executablePath, args: browserFlags('any') });
  const results: BenchResult[] = [];
  let isGood = false;
  try {
    isGood = await visit(browser, root, task, true, results);
    // jax-js uses threads wherever it can: its one-thread figures need a page that cannot.
    const hasCpu = task.executors.some((name) => name !== 'webgpu');
    if (isGood && task.peers && hasCpu) {
      isGood = await visit(
        browser,
        root,
        { ...task, groups: ['cpu'], threads: [1] },
        false,
        results,
      );
    }
  } finally {
    await browser.close();
  }
  if (results.length === 0) return isGood && task.profile ? 0 : 1;
  const record = makeRecord(task, results, {
    date: new Date().toISOString(),
    version: projectVersion(),
    platform: `Chromium ${browser.version()} headless`,
    packages: task.peers ? Object.fromEntries(MEASURED.map((name) => [name, versionOf(name)])) : {},
  });
  const path = out ?? recordPath(RESULTS, task, record);
  saveRecord(path, record);
  console.log(`saved in ${path}`);
  return isGood ? 0 : 1;
}

function readUsage() {
  const suites = readdirSync(join(PROJECT_ROOT, 'bench', 'suites'));
  try {
    const { host, rest } = benchHost(process.argv.slice(2));
    const given = readBenchArguments(
      rest,
      suites.map((name) => name.replace(/\.ts$/, '')),
    );
    if (given !== 'help') return { ...given, host, rest };
    console.log(USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof BenchUsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
}

async function visit(
  browser: Browser,
  root: string,
  task: BenchTask,
  isIsolated: boolean,
  results: BenchResult[],
): Promise<boolean> {
  const server = await startServer({ root, task, headers: isIsolated ? ISOLATION_HEADERS : {} });
  const page = await browser.newPage();
  try {
    const ended = new Promise<boolean>((resolve) => {
      const listen = (message: BenchMessage): void => {
        if (message.type === 'note') console.log(message.text);
        else if (message.type === 'failed') console.error(message.message);
        else if (message.type === 'results') {
          results.push(...message.results);
          for (const result of message.results) console.log(describeResult(result));
        }
        if (message.type === 'ended' || message.type === 'failed') {
          resolve(message.type === 'ended');
        }
      };
      void page.exposeFunction('mmgridTell', listen);
      page.on('crash', () => {
        listen({ type: 'failed', message: 'The page crashed.' });
      });
      page.on('pageerror', (error) => {
        listen({ type: 'failed', message: error.message });
      });
    });
    await page.goto(`http://localhost:${server.port}/bench/bench.html`);
    return await ended;
  } finally {
    await page.close();
    await server.close();
  }
}

function versionOf(name: string): string {
  const text = readFileSync(join(PROJECT_ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
