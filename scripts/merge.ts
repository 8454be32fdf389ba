import { makeOutDir, UsageError } from './headless/arguments.ts';
import { EXIT } from './headless/exit-codes.ts';
import { MERGE_USAGE, readMergeArguments, type MergeArguments } from './merge/arguments.ts';

const settings = readSettings();
const checked = await checkedFolders(settings);
if (settings.recipes.length === 0) process.exit(checked);
// Loaded only now: browser and build tools take seconds, a mistyped option should not.
const { MergeRun } = await import('./merge/merge-run.ts');
const run = new MergeRun(settings);
const stop = (): void => {
  run.stop();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);
process.exitCode = (await run.main()) || checked;

/** Models' folders are checked here: that takes no browser. */
async function checkedFolders({ folders }: MergeArguments): Promise<number> {
  if (folders.length === 0) return EXIT.done;
  const { checkFolders } = await import('./merge/check-folders.ts');
  return checkFolders(folders, { say: console.log, complain: console.error });
}

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
