import { makeOutDir } from '../headless/arguments.ts';
import { EXIT } from '../headless/exit-codes.ts';
import type { BegunRun } from '../headless/main.ts';
import { readSettings } from '../headless/read-settings.ts';
import { MERGE_USAGE, readMergeArguments, type MergeArguments } from './arguments.ts';
import type { StartMerges } from './node-merge-run.ts';

export interface MergeHooks {
  /** Called when there is something to stop. */
  readonly onBegun?: (run: BegunRun) => void;
  /** What starts the merges in Node; absent: in a thread of their own. */
  readonly startThread?: StartMerges;
}

/** `npm run merge` with these words, printing to this process's output; gives the exit code. */
export async function mergeMain(words: readonly string[], hooks: MergeHooks = {}): Promise<number> {
  const settings = readSettings(() => {
    const read = readMergeArguments(words);
    if (read !== 'help' && !read.isCheck) makeOutDir(read.outDir);
    return read;
  }, MERGE_USAGE);
  if (typeof settings === 'number') return settings;
  const checked = await checkedFolders(settings);
  if (settings.recipes.length === 0) return checked;
  const run = await openRun(settings, hooks);
  hooks.onBegun?.(run);
  return (await run.main()) || checked;
}

/** Loaded only now, and one host alone: browser and build tools take seconds. */
async function openRun(settings: MergeArguments, { startThread }: MergeHooks) {
  if (settings.host === 'node') {
    const { NodeMergeRun } = await import('./node-merge-run.ts');
    return new NodeMergeRun(settings, startThread);
  }
  const { BrowserMergeRun } = await import('./browser-merge-run.ts');
  return new BrowserMergeRun(settings);
}

/** Models' folders are checked here: that takes no host. */
async function checkedFolders({ folders }: MergeArguments): Promise<number> {
  if (folders.length === 0) return EXIT.done;
  const { checkFolders } = await import('./check-folders.ts');
  return checkFolders(folders, { say: console.log, complain: console.error });
}
