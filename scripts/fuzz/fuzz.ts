import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatted } from '../formatted.ts';
import type { Reproducer } from '../../test/fuzz/corpus.ts';
import { bundleProgram } from '../bench/bundle-program.ts';
import { inputsOf, readFuzzArguments, USAGE, type FuzzArguments } from './arguments.ts';
import { fuzzPage, fuzzTable, type StoredReport } from './fuzz-table.ts';
import { fuzzKind, runChild, type KindReport } from './watch-child.ts';
import { PROJECT_ROOT } from '../project.ts';

/** `npm run fuzz`: mutated inputs of everything that is read from outside; 1 where there is a finding. */

const KINDS = join(PROJECT_ROOT, 'test', 'fuzz', 'kinds');
const FOUND = join(PROJECT_ROOT, 'out', 'fuzz');
/** Helpers of kinds lie beside them. */
const NO_KINDS = ['sound-rows'];

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const known = readdirSync(KINDS)
    .map((name) => name.replace(/\.ts$/, ''))
    .filter((name) => !NO_KINDS.includes(name));
  let given: FuzzArguments;
  try {
    given = readFuzzArguments(words, known);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const bundle = await bundleProgram('test/fuzz/fuzz-child.ts', 'fuzz');
  const kinds = given.kinds ?? known;
  return given.does === 'write-corpus'
    ? writeCorpora(bundle, kinds)
    : readAll(bundle, kinds, given);
}

async function writeCorpora(bundle: string, kinds: readonly string[]): Promise<number> {
  for (const kind of kinds) {
    const end = await runChild(bundle, { does: 'write-corpus', kind }, (message) => {
      if (message.type === 'written') console.log(`${kind}: ${String(message.bytes)} bytes`);
    });
    if (end === null) continue;
    console.error(`${kind}: ${end.message}`);
    return 1;
  }
  return 0;
}

async function readAll(
  bundle: string,
  kinds: readonly string[],
  given: FuzzArguments,
): Promise<number> {
  const { seed } = given;
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const reports: KindReport[] = [];
  for (const kind of kinds) {
    if (stop.signal.aborted) break;
    const task = { kind, seed, inputs: inputsOf(kind, given) };
    const report = await fuzzKind(bundle, task, stop.signal);
    if (report.totals.inputs === 0) break;
    reports.push(report);
    console.log(
      fuzzTable([report])
        .split('\n')
        .slice(reports.length === 1 ? 0 : 2)
        .join('\n'),
    );
    report.found.forEach((found, at) => {
      const file = join(FOUND, `${kind}-${String(at + 1)}.json`);
      mkdirSync(FOUND, { recursive: true });
      const { what, message, index, files } = found;
      const finding = `${what}: ${message}`;
      const reproducer: Reproducer = { kind, finding, now: 'to be said', seed, index, files };
      writeFileSync(file, `${JSON.stringify(reproducer, null, 2)}\n`);
      console.log(`  ${finding}\n  input ${String(index)}, made smaller: ${file}`);
    });
    // After each: a long run that is broken off has kept what it came to.
    if (given.does === 'write-table') await keep(report, seed);
  }
  return reports.some(({ found }) => found.length > 0) ? 1 : 0;
}

/** Puts a report in the place of the last one of its kind; those of other kinds stay. */
async function keep(report: KindReport, seed: number): Promise<void> {
  const git = (...words: string[]): string =>
    execFileSync('git', words, { cwd: PROJECT_ROOT, encoding: 'utf8' }).trim();
  const [data, page] = ['fuzz.json', 'fuzz.md'].map((name) => join(PROJECT_ROOT, 'docs', name));
  if (data === undefined || page === undefined) return;
  const before = existsSync(data)
    ? (JSON.parse(readFileSync(data, 'utf8')) as readonly StoredReport[])
    : [];
  const origin = {
    date: new Date().toISOString().slice(0, 10),
    commit: git('rev-parse', '--short', 'HEAD'),
    seed,
    node: process.version,
  };
  const reports = [
    ...before.filter(({ kind }) => kind !== report.kind),
    // Reproducers lie in files of their own.
    { ...report, ...origin, found: report.found.map((one) => ({ ...one, files: {} })) },
  ].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  for (const [path, text] of [
    [data, JSON.stringify(reports)],
    [page, fuzzPage(reports, mended())],
  ] as const) {
    writeFileSync(path, await formatted(path, text));
  }
}

/** What lies in `findings/`: names and what came of them once. */
function mended(): readonly (readonly [name: string, finding: string])[] {
  const folder = join(PROJECT_ROOT, 'test', 'fuzz', 'findings');
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const { finding } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Reproducer;
      return [file.replace(/\.json$/, ''), finding];
    });
}
