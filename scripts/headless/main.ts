import {
  makeOutDir,
  readArguments,
  USAGE,
  UsageError,
  type Environment,
  type HeadlessArguments,
} from './arguments.ts';
import { EXIT } from './exit-codes.ts';
import type { StartLab } from './node-run.ts';
import { Progress } from './progress.ts';

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
  const settings = readSettings(words, environment);
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

/** The exit code where there is nothing to run. */
function readSettings(
  words: readonly string[],
  environment: Environment,
): HeadlessArguments | number {
  try {
    const read = readArguments(words, environment);
    if (read !== 'help') {
      // One job of many writes into the store alone.
      if (read.limits.job === undefined) makeOutDir(read.outDir);
      return read;
    }
    console.log(USAGE);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return EXIT.inputWrong;
  }
}
