import { basename, extname, join } from 'node:path';
import type { MergeArguments } from './arguments.ts';
import { clearLeftovers } from './leftovers.ts';
import { defaultMemory } from './default-memory.ts';
import { readJobs, type MergeJob } from './merge-job.ts';
import { MergeTerminal } from './merge-terminal.ts';

/** A call whose recipes have been read; the rest is its host's. */
export interface BegunMerge {
  /** Those that can be read. */
  readonly jobs: readonly MergeJob[];
  /** All recipes are checked, also where one that is wrong already keeps them from being merged. */
  readonly isCheck: boolean;
  /** Most bytes of tensors held at a time. */
  readonly budgetBytes: number;
  readonly terminal: MergeTerminal;
  /** The exit code, when the last message has been shown or `finish` been called. */
  readonly finished: Promise<number>;
  readonly finish: (code: number) => void;
}

/** Clears what killed merges left, reads the recipes, and says what is wrong with them. */
export function beginMerge(settings: MergeArguments): BegunMerge {
  const { recipes, outDir, mayReplace, isCheck, options } = settings;
  if (!isCheck) {
    const targets = recipes.map((path) => join(outDir, basename(path, extname(path))));
    for (const line of clearLeftovers(targets, outDir)) console.log(line);
  }
  const read = readJobs(recipes, { outDir, mayReplace, isCheck });
  const jobs = read.filter(({ problem }) => problem === null);
  const isOnlyCheck = isCheck || jobs.length < read.length;
  let finish: (code: number) => void = () => undefined;
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const memory = { budgetBytes: options.budgetBytes ?? null, defaultBytes: defaultMemory() };
  const budgetBytes = memory.budgetBytes ?? memory.defaultBytes;
  const terminal = new MergeTerminal(jobs, isOnlyCheck ? null : memory, finish);
  for (const job of read) terminal.problem(job);
  return { jobs, isCheck: isOnlyCheck, budgetBytes, terminal, finished, finish };
}
