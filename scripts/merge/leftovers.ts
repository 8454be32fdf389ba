import { existsSync, readdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { REPLACED } from '../../workers/merge-files/node/part-folder.ts';
import {
  isOwnFolder,
  ownerOf,
  removeWorkFolder,
  workFoldersIn,
} from '../../workers/merge-files/node/work-folder.ts';
import { codeOf } from '../server/list-folder.ts';

/** How names of browser profiles begin. */
export const PROFILE_PREFIX = 'mmgrid-merge-';

/**
 * Removes what merges left behind that were killed: unfinished results beside the targets, browser
 * profiles. What a living process uses stays. Gives a line for each thing that was found.
 */
export function clearLeftovers(targets: readonly string[], outDir: string): string[] {
  const parts = workFoldersIn(outDir, /\.part-$/).flatMap(clearPart);
  const older = targets.map((target) => `${target}.part`).filter(isOlderPart);
  const profiles = workFoldersIn(tmpdir(), new RegExp(`^${PROFILE_PREFIX}$`)).filter(
    (folder) => ownerOf(folder) === 'is gone',
  );
  const count = profiles.filter((folder) => remove(folder) === null).length;
  return [
    ...parts,
    ...older.map(removedLine),
    ...(count === 0
      ? []
      : [`Removed ${count} temporary browser profile${count === 1 ? '' : 's'}.`]),
  ];
}

/** Removes what this process has not finished; what it was about to replace gets its name back. */
export function clearOwn(outDir: string): void {
  for (const folder of workFoldersIn(outDir, /\.part-$/).filter(isOwnFolder)) {
    restore(folder);
    remove(folder);
  }
}

const BROKEN_OFF = 'what a merge that was broken off had written';

function clearPart(folder: string): string[] {
  const owner = ownerOf(folder);
  if (owner === 'lives') return [];
  if (owner !== 'is gone') {
    return [`${folder} belongs to a merge on another computer: remove it when that has ended.`];
  }
  return [...restore(folder), removedLine(folder)];
}

/** Removes a folder; why it could not be, where it could not. */
function remove(folder: string): string | null {
  try {
    removeWorkFolder(folder);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

function removedLine(folder: string): string {
  const failed = remove(folder);
  return failed === null
    ? `Removed ${folder}: ${BROKEN_OFF}.`
    : `${folder} (${BROKEN_OFF}) could not be removed: ${failed}.`;
}

/** A kill between the two steps of a replacement leaves the old result without its name. */
function restore(folder: string): string[] {
  const replaced = join(folder, REPLACED);
  const target = folder.replace(/\.part-\w{6}$/, '');
  if (!existsSync(replaced) || existsSync(target)) return [];
  renameSync(replaced, target);
  return [`Put ${target} back, which a merge that was broken off was about to replace.`];
}

/** Earlier versions wrote into one fixed folder, which held nothing but folders of results. */
function isOlderPart(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const entries = readdirSync(folder, { withFileTypes: true });
  const isOurs = (name: string): boolean =>
    (name === 'result' || name.startsWith('step ')) &&
    readdirSync(join(folder, name), { withFileTypes: true }).every(
      (entry) => entry.isFile() && WRITTEN.test(basename(entry.name)),
    );
  return entries.every((entry) => entry.isDirectory() && isOurs(entry.name));
}

/** Names of files that a merge writes. */
const WRITTEN = /\.(safetensors|json|jinja|txt|model)$|^(README\.md|mergekit_config\.yml)$/;
