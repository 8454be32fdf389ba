import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { readRecipes } from '../../src/merge/recipe/read-recipe.ts';
import { referencesOf } from '../../src/merge/recipe/recipe.ts';
import { inputIn, targetFault } from '../../workers/merge-files/node/result-target.ts';

/** One recipe file on the command line, and where its result goes. */
export interface MergeJob {
  readonly recipePath: string;
  readonly text: string;
  readonly outDir: string;
  /** Paths of the models that the recipe names, by their names there. */
  readonly models: ReadonlyMap<string, string>;
  /** Why it cannot be merged, whatever its models are. */
  readonly problem: string | null;
}

export interface JobOptions {
  /** Folder of the results. */
  readonly outDir: string;
  readonly mayReplace: boolean;
  /** Nothing will be written: what is in the way does not matter. */
  readonly isCheck: boolean;
}

/** Reads recipe files; what is wrong with one of them is its own problem. */
export function readJobs(paths: readonly string[], options: JobOptions): MergeJob[] {
  const jobs = paths.map((path) => readJob(path, options.outDir));
  if (options.isCheck) return jobs;
  const inputs = jobs.flatMap(({ models, recipePath }) => [...models.values(), recipePath]);
  return jobs.map((job) => {
    const problem = job.problem ?? targetProblem(job.outDir, inputs, options.mayReplace);
    return { ...job, problem };
  });
}

/** An input is never replaced, whichever of the recipes reads it. */
function targetProblem(
  outDir: string,
  inputs: readonly string[],
  mayReplace: boolean,
): string | null {
  const input = inputIn(outDir, inputs);
  if (input === null) return targetFault(outDir, mayReplace);
  const where = resolve(input) === outDir ? 'is itself an input' : `holds an input, ${input}`;
  return `The result would go to ${outDir}, which ${where}: choose another --out.`;
}

function readJob(path: string, outDir: string): MergeJob {
  const recipePath = resolve(path);
  const target = join(outDir, basename(path, extname(path)));
  const read = readRecipeFile(path);
  const text = 'text' in read ? read.text : '';
  const problem = 'problem' in read ? read.problem : null;
  return { recipePath, text, outDir: target, models: modelsOf(recipePath, text), problem };
}

/** Only what stands in the recipe as a model; nothing while the recipe is wrong. */
function modelsOf(recipePath: string, text: string): ReadonlyMap<string, string> {
  const read = readRecipes(text);
  if (!read.ok) return new Map();
  const steps = new Set(read.recipes.map(({ recipe }) => recipe.name));
  const references = read.recipes.flatMap(({ recipe }) => referencesOf(recipe));
  return new Map(
    references
      .filter((reference) => !steps.has(reference))
      .map((reference) => [reference, resolve(dirname(recipePath), reference)]),
  );
}

function readRecipeFile(path: string): { readonly text: string } | { readonly problem: string } {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return { problem: 'There is no such recipe file.' };
  if (!facts.isFile()) return { problem: 'This is no file: name the recipe itself.' };
  if (facts.size > MAX_FILE_BYTES) {
    return { problem: `Has ${facts.size} bytes: this is no recipe.` };
  }
  try {
    return { text: decode(readFileSync(path)) };
  } catch (error) {
    const isText = error instanceof TypeError;
    const why = error instanceof Error ? error.message : String(error);
    return { problem: isText ? 'The file is not UTF-8 text.' : `Cannot be read (${why}).` };
  }
}

/** A recipe has its own limit; this one keeps weights that are named by mistake out of memory. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/** UTF-8, or what some editors call Unicode: UTF-16 with its mark. @throws TypeError */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : 'utf-8';
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}
