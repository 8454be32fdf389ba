import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PROJECT_ROOT } from '../../scripts/project.ts';

const PRELOAD = fileURLToPath(new URL('./report-usage.mjs', import.meta.url));

/** What one run of a program took. */
export interface ProgramRun {
  /** From its start to its end, the start of Node or Python included. */
  readonly wallSeconds: number;
  /** Of the work alone, by the program's own clock; null where it does not say. */
  readonly workSeconds: number | null;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Peak of the process's resident memory, by the operating system. */
  readonly peakBytes: number;
  readonly stdout: string;
}

/** What programs of the bench print as their last line; Python's say all of it. */
interface Told {
  readonly seconds?: number;
  readonly userSeconds?: number;
  readonly systemSeconds?: number;
  readonly peakBytes?: number;
}

/**
 * @param usageFile where a program of Node leaves what it used; it is removed again
 */
export async function runProgram(
  kind: 'node' | 'python',
  words: readonly string[],
  usageFile: string,
): Promise<ProgramRun> {
  const [program, parameters] =
    kind === 'python' ? ['python3', words] : [process.execPath, ['--import', PRELOAD, ...words]];
  const started = performance.now();
  const { stdout, code } = await spawned(program, parameters, usageFile);
  const wallSeconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${String(code)}:\n${stdout}`);
  const told = saidBy(stdout);
  const used = existsSync(usageFile)
    ? (JSON.parse(readFileSync(usageFile, 'utf8')) as NodeJS.ResourceUsage)
    : null;
  rmSync(usageFile, { force: true });
  return {
    ...{ wallSeconds, stdout },
    workSeconds: told.seconds ?? null,
    userSeconds: told.userSeconds ?? (used?.userCPUTime ?? Number.NaN) / 1e6,
    systemSeconds: told.systemSeconds ?? (used?.systemCPUTime ?? Number.NaN) / 1e6,
    peakBytes: told.peakBytes ?? (used?.maxRSS ?? Number.NaN) * 1024,
  };
}

function spawned(program: string, words: readonly string[], usageFile: string) {
  const child = spawn(program, words, {
    cwd: PROJECT_ROOT,
    env: { ...process.env, MMGRID_USAGE: usageFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  return new Promise<{ stdout: string; code: number | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ stdout, code });
    });
  });
}

/** A merge of ours says so in words. */
function saidBy(text: string): Told {
  const merged = /^Wrote .* in (\d+\.\d+) s;/m.exec(text)?.[1];
  if (merged !== undefined) return { seconds: Number(merged) };
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? (JSON.parse(line) as Told) : {};
}
