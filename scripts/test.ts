import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBrowser } from './ensure-browser.ts';
import { PROJECT_ROOT } from './project.ts';
import { readTestArguments, USAGE } from './test/arguments.ts';
import { changedFiles, projectSources, withHiddenImporters } from './test/changed-files.ts';
import { runStages } from './test/run-stages.ts';
import { chooseStages, stagesForChange, type Stage } from './test/stages.ts';
import { countTests, type TestCounts } from './test/vitest-report.ts';

interface Outcome {
  readonly stage: Stage;
  readonly isGood: boolean;
  readonly seconds: number;
  readonly counts: TestCounts;
}

const NONE: TestCounts = { passed: 0, failed: 0, skipped: 0 };

const stages = readStages();
const browser = stages.some((stage) => stage.needsBrowser) ? ensureBrowser() : null;
const outcomes = await runStages(stages, runStage);

console.log('');
for (const { stage, isGood, seconds, counts } of outcomes) {
  const tests = stage.isVitest
    ? `  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
    : '';
  console.log(
    `${isGood ? '✓' : '✗'} ${stage.title.padEnd(26)} ${seconds.toFixed(1).padStart(7)} s${tests}`,
  );
}
const total = (of: (counts: TestCounts) => number): number =>
  outcomes.reduce((sum, { counts }) => sum + of(counts), 0);
console.log(
  `${total((counts) => counts.passed)} passed, ${total((counts) => counts.failed)} failed`,
);
process.exitCode = outcomes.every(({ isGood }) => isGood) ? 0 : 1;

async function runStage(stage: Stage): Promise<Outcome> {
  const heading = `\n── ${stage.title} ──`;
  if (stage.needsBrowser && browser === null) {
    console.error(`${heading}\nNot run: there is no browser (see above).`);
    return { stage, isGood: false, seconds: 0, counts: { ...NONE, failed: 1 } };
  }
  const start = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'mmgrid-test-'));
  const reportFile = join(folder, 'report.json');
  const [name, ...parameters] = stage.command;
  if (stage.isVitest) {
    parameters.push('--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`);
  }
  // The long stage shows how far it is; the others print in one piece, so that lines do not mix.
  if (stage.needsBrowser) console.log(heading);
  const { status, output } = await runTool(name, parameters, stage.needsBrowser);
  if (!stage.needsBrowser) console.log(`${heading}\n${output}`);
  const seconds = (performance.now() - start) / 1000;
  const read = existsSync(reportFile) ? countTests(readFileSync(reportFile, 'utf8')) : NONE;
  rmSync(folder, { recursive: true });
  // A stage can fail without a failed test (a type error, an unhandled rejection): it counts as one.
  const failed = status === 0 ? read.failed : Math.max(1, read.failed);
  return { stage, isGood: failed === 0, seconds, counts: { ...read, failed } };
}

function runTool(
  name: string,
  parameters: readonly string[],
  isLive: boolean,
): Promise<{ status: number | null; output: string }> {
  const child = spawn(binary(name), parameters, {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(browser === null ? {} : { CHROME_PATH: browser }) },
    shell: process.platform === 'win32',
  });
  const parts: string[] = [];
  const keep = (text: string) => {
    if (isLive) process.stdout.write(text);
    else parts.push(text);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      resolve({ status: null, output: `${parts.join('')}${error.message}` });
    });
    child.on('close', (status) => {
      resolve({ status, output: parts.join('') });
    });
  });
}

function binary(name: string): string {
  const file = process.platform === 'win32' ? `${name}.cmd` : name;
  return join(PROJECT_ROOT, 'node_modules', '.bin', file);
}

function readStages(): readonly Stage[] {
  try {
    const { only, changedSince } = readTestArguments(process.argv.slice(2));
    const chosen = chooseStages(only);
    if (changedSince === undefined) return chosen;
    const files = changedFiles(changedSince);
    console.log(files.length === 0 ? 'Nothing has changed.' : files.join('\n'));
    return stagesForChange(chosen, { files, asked: withHiddenImporters(files, projectSources()) });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}
