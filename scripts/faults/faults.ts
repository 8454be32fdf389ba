import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureBrowser } from '../ensure-browser.ts';
import { readFaultArguments, USAGE, type FaultArguments } from './fault-arguments.ts';
import { CHANGES, faultsPage, mergeRows, type FaultTable, type StoredRow } from './fault-table.ts';
import { PROJECT_ROOT } from '../project.ts';

/** Puts in every fault of the list, and stores what became of it; ends with 1 when one was wrong or silent. */
const given = readGiven();
const folder = mkdtempSync(join(tmpdir(), 'mmgrid-faults-'));
const outFile = join(folder, 'faults.json');
const browser = given.host === 'node' ? null : ensureBrowser();
const status = await runTests();
const isWritten = existsSync(outFile);
if (isWritten) store(JSON.parse(readFileSync(outFile, 'utf8')) as FaultTable);
rmSync(folder, { recursive: true });
process.exitCode = status === 0 && isWritten ? 0 : 1;

function readGiven(): FaultArguments {
  try {
    return readFaultArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

function runTests(): Promise<number | null> {
  const { only, host, isLong, seed, minutes } = given;
  const request = JSON.stringify({ only, host, isLong, seed, minutes, outFile });
  const vitest = join(PROJECT_ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const words = [vitest, 'run', '--project', 'faults', '--reporter=verbose'];
  const child = spawn(process.execPath, words, {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      MMGRID_FAULTS: request,
      ...(browser === null ? {} : { CHROME_PATH: browser }),
    },
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
}

/** Beside what was measured before, which stays where nothing new is. */
function store(fresh: FaultTable): void {
  const out = resolve(given.out);
  mkdirSync(out, { recursive: true });
  const file = join(out, 'faults.json');
  const before: readonly StoredRow[] = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as FaultTable).rows
    : [];
  const table = { listed: fresh.listed, rows: mergeRows(before, fresh.rows) };
  writeFileSync(file, `${JSON.stringify(table, null, 2)}\n`);
  writeFileSync(join(out, 'faults.md'), faultsPage(table, commitsOf(table.rows)));
  const marks = fresh.rows.map(({ id, host, injected, wrong }) => {
    const mark = wrong.length === 0 ? '✓' : '✗';
    return [`${mark} ${id} ${host.padEnd(4)} ${String(injected).padStart(5)}`, ...wrong].join(
      '\n    ',
    );
  });
  console.log(`\n${marks.join('\n')}\n\n${join(given.out, 'faults.md')}`);
}

/** Commits of rows, the oldest first; in their own order where git does not know one. */
function commitsOf(rows: readonly StoredRow[]): readonly string[] {
  const names = [...new Set(rows.map(({ commit }) => commit.replace(CHANGES, '')))];
  try {
    const words = ['log', '--no-walk=sorted', '--format=%h', ...names, '--'];
    const options = { cwd: PROJECT_ROOT, encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('git', words, options).trim().split('\n').toReversed();
  } catch {
    return names;
  }
}
