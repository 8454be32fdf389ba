import {
  makeOutDir,
  readArguments,
  USAGE,
  type Environment,
  type HeadlessArguments,
} from './arguments.ts';
import type { StartLab } from './node-run.ts';
import { Progress } from './progress.ts';
import { readSettings } from './read-settings.ts';

/** A run that has begun: stopped at its next safe point, or at once when it is asked a second time. */
export interface BegunRun {
  stop(): void;
}

export interface HeadlessHooks {
  /** Called when there is something to stop. */
  readonly onBegun?: (run: BegunRun) => void;
  /** What starts the lab of a run in Node; absent: in a thread of its own. */
  readonly startLab?: StartLab;
}

/** `npm run headless` with these words, printing to this process's output; gives the exit code. */
export async function headlessMain(
  words: readonly string[],
  environment: Environment,
  hooks: HeadlessHooks = {},
): Promise<number> {
  const settings = readSettings(() => {
    const read = readArguments(words, environment);
    // One job of many writes into the store alone.
    if (read !== 'help' && read.limits.job === undefined) makeOutDir(read.outDir);
    return read;
  }, USAGE);
  if (typeof settings === 'number') return settings;
  const progress = new Progress({
    write: (text) => process.stdout.write(text),
    isTerminal: process.stdout.isTTY,
    columns: () => process.stdout.columns,
    now: () => performance.now(),
  });
  const run = await openRun(settings, progress, hooks);
  hooks.onBegun?.(run);
  return await run.main();
}

/** Loads one host alone: a run in Node needs neither browser nor server. */
async function openRun(
  settings: HeadlessArguments,
  progress: Progress,
  { startLab }: HeadlessHooks,
) {
  if (settings.host === 'node') {
    const { NodeRun } = await import('./node-run.ts');
    return new NodeRun(settings, progress, startLab);
  }
  const { HeadlessRun } = await import('./headless-run.ts');
  return new HeadlessRun(settings, progress);
}
