import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BenchUsageError, OPTIONS_HELP, readBenchArguments } from '../bench/arguments.ts';
import { isForFiles } from '../bench/files/files-arguments.ts';
import { parseRecord, withTable } from '../bench/table.ts';
import { benchHost } from './bench/bench-host.ts';
import { PROJECT_ROOT } from './project.ts';

const USAGE = `npm run bench -- [options]
${OPTIONS_HELP}
                       (default: bench/results/<date>-<adapter>.json)
  --host KIND          node, or browser: in the page      (default: node; with --peers, browser)

npm run bench -- --only processes [--rounds N] [--out FILE]    many processes on one store
npm run bench -- --only hosts [--turns N] [--threads LIST] [--sizes LIST] [--rounds N] [--out FILE]
                                                 training in Node beside the page, in turns
npm run bench -- --only files                    merges of files, in Node; --help says more
npm run bench -- --table FILE                    rewrites the table of bench/README.md from a file of bench/results`;

const RESULTS = join(PROJECT_ROOT, 'bench', 'results');

process.exitCode = await start(process.argv.slice(2));

async function start(words: readonly string[]): Promise<number> {
  if (words[0] === '--table') return writeTable(words[1]);
  // Loaded only where they are wanted: build tools and a browser's driver take a second.
  if (/--only[ =]hosts\b/.test(words.join(' '))) {
    const { benchHosts } = await import('./bench/bench-hosts.ts');
    return benchHosts(words, RESULTS);
  }
  if (/--only[ =]processes\b/.test(words.join(' '))) {
    const { benchProcesses } = await import('./bench/bench-processes.ts');
    return benchProcesses(words, RESULTS);
  }
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
  const { formatted } = await import('./formatted.ts');
  writeFileSync(page, await formatted(page, text));
  return 0;
}

async function main(): Promise<number> {
  const given = readUsage();
  if (typeof given === 'number') return given;
  if (given.host === 'node') {
    const { nodeBench } = await import('./bench/node-bench.ts');
    return nodeBench(given.rest, RESULTS);
  }
  const { browserBench } = await import('./bench/browser-bench.ts');
  return browserBench(given, RESULTS);
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
