import {
  makeOutDir,
  readArguments,
  USAGE,
  UsageError,
  type HeadlessArguments,
} from './headless/arguments.ts';
import { EXIT } from './headless/exit-codes.ts';
import { Progress } from './headless/progress.ts';

const settings = readSettings();
const progress = new Progress({
  write: (text) => process.stdout.write(text),
  isTerminal: process.stdout.isTTY,
  columns: () => process.stdout.columns,
  now: () => performance.now(),
});
const run = await openRun(settings, progress);
const stop = (): void => {
  run.stop();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.exitCode = await run.main();

/** Loads one host alone: a run in Node needs neither browser nor server. */
async function openRun(settings: HeadlessArguments, progress: Progress) {
  if (settings.host === 'node') {
    const { NodeRun } = await import('./headless/node-run.ts');
    return new NodeRun(settings, progress);
  }
  const { HeadlessRun } = await import('./headless/headless-run.ts');
  return new HeadlessRun(settings, progress);
}

function readSettings(): HeadlessArguments {
  try {
    const read = readArguments(process.argv.slice(2), process.env);
    if (read !== 'help') {
      // One job of many writes into the store alone.
      if (read.limits.job === undefined) makeOutDir(read.outDir);
      return read;
    }
    console.log(USAGE);
    process.exit(EXIT.done);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(EXIT.inputWrong);
  }
}
