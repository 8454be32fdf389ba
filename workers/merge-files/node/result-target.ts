import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const RECIPE_FILE = 'mergekit_config.yml';

/** Why a result may not be written to this folder; null where it may. */
export function targetFault(target: string, mayReplace: boolean): string | null {
  const facts = statSync(target, { throwIfNoEntry: false });
  if (facts === undefined) {
    return lstatSync(target, { throwIfNoEntry: false }) === undefined
      ? null
      : `${target} is a link to nothing: remove it, or choose another --out.`;
  }
  if (!facts.isDirectory()) return `${target} is a file: choose another --out.`;
  const other = notOfAMerge(target);
  if (other !== null) return `${target} exists and ${other}: choose another --out.`;
  if (mayReplace) return null;
  return `${target} exists: choose another --out, or --force to replace it.`;
}

/** Replacing deletes a folder: only one that looks as a merge leaves it. */
function notOfAMerge(folder: string): string | null {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.length === 0) return null;
  if (!entries.some((entry) => entry.name === RECIPE_FILE && entry.isFile())) {
    return `is no result of a merge (it has no ${RECIPE_FILE})`;
  }
  const below = entries.find((entry) => entry.isDirectory());
  return below === undefined ? null : `holds a folder that no merge made (${below.name})`;
}

/**
 * What would be lost if `target` were replaced: one of `inputs` (files or folders) that is in it, is
 * it, or is linked into it. Null when there is none.
 */
export function inputIn(target: string, inputs: readonly string[]): string | null {
  if (!existsSync(target)) return null;
  const folder = realpathSync.native(target);
  return inputs.find((input) => filesOf(input).some((file) => isInside(file, folder))) ?? null;
}

/** A model's own path and those of the files in it, which may be links to other places. */
function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  const own = realpathSync.native(path);
  if (!statSync(own).isDirectory()) return [own];
  try {
    const below = readdirSync(own).map((name) => join(own, name));
    return [own, ...below.filter(existsSync).map((name) => realpathSync.native(name))];
  } catch {
    // Who may not list it will be told so when it is opened as a model.
    return [own];
  }
}

/** Compares files as the system does, which knows about case and mounts. */
function isInside(path: string, folder: string): boolean {
  const wanted = statSync(folder, { bigint: true });
  for (let at = path; ; at = dirname(at)) {
    const facts = statSync(at, { bigint: true, throwIfNoEntry: false });
    if (facts?.ino === wanted.ino && facts.dev === wanted.dev) return true;
    if (dirname(at) === at) return false;
  }
}
