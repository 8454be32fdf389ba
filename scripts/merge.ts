import { makeOutDir, UsageError } from './headless/arguments.ts';
import { EXIT } from './headless/exit-codes.ts';
import { MERGE_USAGE, readMergeArguments, type MergeArguments } from './merge/arguments.ts';

const settings = readSettings();
const checked = await checkedFolders(settings);
if (settings.recipes.length === 0) process.exit(checked);
const run = await openRun(settings);
const stop = (): void => {
  run.stop();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);
process.exitCode = (await run.main()) || checked;

/** Loaded only now, and one host alone: browser and build tools take seconds. */
async function openRun(settings: MergeArguments) {
  if (settings.host === 'node') {
    const { NodeMergeRun } = await import('./merge/node-merge-run.ts');
    return new NodeMergeRun(settings);
  }
  const { BrowserMergeRun } = await import('./merge/browser-merge-run.ts');
  return new BrowserMergeRun(settings);
}

/** Models' folders are checked here: that takes no host. */
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
