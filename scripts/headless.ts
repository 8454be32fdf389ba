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
// Loaded only now: browser and build tools take seconds, a mistyped option should not.
const { HeadlessRun } = await import('./headless/headless-run.ts');
const progress = new Progress({
  write: (text) => process.stdout.write(text),
  isTerminal: process.stdout.isTTY,
  columns: () => process.stdout.columns,
  now: () => performance.now(),
});
const run = new HeadlessRun(settings, progress);
const stop = (): void => {
  run.stop();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.exitCode = await run.main();

function readSettings(): HeadlessArguments {
  try {
    const read = readArguments(process.argv.slice(2), process.env);
    if (read !== 'help') {
      makeOutDir(read.outDir);
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
