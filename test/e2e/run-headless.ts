import { spawn, type ChildProcess } from 'node:child_process';
import { PROJECT_ROOT } from '../support/sources.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when the program has printed this; rejects when it ends without. */
  waitFor(pattern: RegExp): Promise<void>;
}

/** Starts `npm run headless` with these arguments, in its own process, output captured. */
export function startHeadless(words: readonly string[]): Running {
  const child = spawn(process.execPath, ['scripts/headless.mjs', ...words], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  return {
    process: child,
    ended,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (pattern.test(stdout)) resolve();
        };
        check();
        child.stdout.on('data', check);
        child.on('close', () => {
          reject(new Error(`Ended without ${String(pattern)}:\n${stdout}\n${stderr}`));
        });
      }),
  };
}

/** Runs it to its end. */
export function runHeadless(words: readonly string[]): Promise<Ended> {
  return startHeadless(words).ended;
}
