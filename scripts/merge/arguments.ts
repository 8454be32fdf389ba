import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ExecutorChoice } from '../../workers/lab/api.ts';
import type { MergeFilesOptions } from '../../workers/merge-files/merge-files-api.ts';
import { hostOf, threadsOf, UsageError } from '../headless/arguments.ts';

export interface MergeArguments {
  /** Paths of recipe files. */
  readonly recipes: readonly string[];
  /** Folders of models to check; with --check alone. */
  readonly folders: readonly string[];
  readonly outDir: string;
  readonly host: 'node' | 'browser';
  readonly executor: ExecutorChoice;
  /** Part of the name of the GPU to take; null: the fastest. */
  readonly adapter: string | null;
  /** Of the CPU; null: one a core. */
  readonly threads: number | null;
  readonly browser: string | null;
  readonly isCheck: boolean;
  /** Results of merges that exist may be replaced. */
  readonly mayReplace: boolean;
  readonly options: MergeFilesOptions;
}

export const MERGE_USAGE = `npm run merge -- recipe.yaml [more.yaml …] --out DIR [options]

  recipe.yaml          mergekit configurations; paths in them are relative to the file
  --out DIR            one folder per recipe is made in it, with the name of the recipe's file
  --check              say what would be done and what is wrong; write nothing. A model's folder in
                       place of a recipe is checked against itself: rows, tokens, layers, types
  --force              replace results of merges that exist, once the new ones are complete
  --executor KIND      auto, webgpu or cpu                (default: auto, a hardware GPU or the CPU)
  --adapter NAME       part of the name of the GPU to use             (default: the fastest)
  --threads N          threads of the CPU                             (default: one a core)
  --memory MB          tensors held at a time, host and device together
                       (default: a quarter of the memory that is free)
  --shard MB           size of weight files                           (default: 5000)
  --host KIND          node, or browser: the page itself              (default: node)
  --browser PATH       the Chromium of --host browser                 (default: the one found)

Exit codes: 0 done, 1 a merge failed, 2 the input is wrong, 130 stopped with Ctrl-C, 141 nobody
reads the output any longer.
Nothing is merged unless all recipes fit their models; a result appears complete or not at all.`;

/** Reads the command line. @throws UsageError naming what is wrong */
export function readMergeArguments(words: readonly string[]): MergeArguments | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  checkHost(values);
  if (positionals.length === 0) throw new UsageError('Name at least one recipe file.');
  const isCheck = values.check === true;
  const folder = isCheck ? undefined : positionals.find(isFolder);
  if (folder !== undefined) {
    throw new UsageError(`${folder}: this is a folder. Name a recipe file, or add --check.`);
  }
  const folders = isCheck ? positionals.filter(isFolder) : [];
  if (values.out === undefined && !isCheck) throw new UsageError('--out DIR is missing.');
  const outDir = resolve(values.out ?? '.');
  if (existsSync(outDir) && !statSync(outDir).isDirectory()) {
    throw new UsageError(`--out ${outDir}: this is a file, not a folder.`);
  }
  const recipes = positionals.filter((path) => !folders.includes(path));
  checkTargets(recipes);
  const browser = values.browser ?? null;
  if (browser !== null && !existsSync(browser)) {
    throw new UsageError(`--browser ${browser}: there is no such file.`);
  }
  return {
    ...{ recipes, folders, outDir, browser, isCheck },
    mayReplace: values.force === true,
    host: hostOf(values.host ?? (browser === null ? 'node' : 'browser')),
    executor: executorOf(values.executor ?? 'auto'),
    adapter: values.adapter ?? null,
    threads: threadsOf(values.threads),
    options: {
      budgetBytes: megabytes('--memory', values.memory),
      maxShardBytes: megabytes('--shard', values.shard),
    },
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        check: { type: 'boolean' },
        force: { type: 'boolean' },
        executor: { type: 'string' },
        adapter: { type: 'string' },
        threads: { type: 'string' },
        host: { type: 'string' },
        memory: { type: 'string' },
        shard: { type: 'string' },
        browser: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Options that only one of the hosts can follow. */
function checkHost({ host, browser, adapter, threads }: ReturnType<typeof parse>['values']): void {
  if (host === 'node' && browser !== undefined) {
    throw new UsageError('--browser: only with --host browser.');
  }
  if (host !== 'browser' && browser === undefined) return;
  const named = Object.entries({ adapter, threads }).find(([, value]) => value !== undefined);
  if (named !== undefined) throw new UsageError(`--${named[0]}: only with --host node.`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A result has the name of its recipe's file, in file systems that do not know case, too. */
function checkTargets(recipes: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of recipes) {
    const stem = basename(path, extname(path));
    if (seen.has(stem.toLowerCase())) {
      throw new UsageError(`Two recipes would both write the folder ${stem}: rename one.`);
    }
    seen.add(stem.toLowerCase());
  }
}

function executorOf(text: string): ExecutorChoice {
  if (text === 'auto' || text === 'webgpu' || text === 'cpu') return text;
  throw new UsageError(`--executor ${text}: must be auto, webgpu or cpu.`);
}

function megabytes(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return Math.floor(value * 10 ** 6);
  throw new UsageError(`${option} ${text}: must be a number of megabytes above 0.`);
}
