import { makeOutDir, UsageError } from './headless/arguments.ts';
import { EXIT } from './headless/exit-codes.ts';
import { MERGE_USAGE, readMergeArguments, type MergeArguments } from './merge/arguments.ts';

const settings = readSettings();
// Loaded only now: browser and build tools take seconds, a mistyped option should not.
const { MergeRun } = await import('./merge/merge-run.ts');
const run = new MergeRun(settings);
const stop = (): void => {
  run.stop();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);
process.exitCode = await run.main();

function readSettings(): MergeArguments {
  try {
    const read = readMergeArguments(process.argv.slice(2));
    if (read !== 'help') {
      if (!read.isCheck) makeOutDir(read.outDir);
      return read;
    }
    console.log(MERGE_USAGE);
    process.exit(EXIT.done);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${MERGE_USAGE}`);
    process.exit(EXIT.inputWrong);
  }
}
