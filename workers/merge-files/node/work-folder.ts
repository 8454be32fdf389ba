import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/*
 * Folders that a run makes for itself: half-written results and browser profiles. Each has a name
 * that nobody had before and says in a file whose it is, so that a later run may remove what a killed
 * one left behind, and nothing else.
 */

const OWNER_FILE = 'mmgrid-owner.json';

interface Owner {
  readonly program: 'mmgrid-playground';
  readonly pid: number;
  /** When the process began, as the system counts; numbers of processes are used again. */
  readonly began: string | null;
  readonly host: string;
}

/** Makes a new folder whose name begins with `prefix`, and marks it as this process's own. */
export function makeWorkFolder(prefix: string): string {
  const folder = mkdtempSync(prefix);
  const owner: Owner = {
    program: 'mmgrid-playground',
    pid: process.pid,
    began: beginOf(process.pid),
    host: hostname(),
  };
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner));
  return folder;
}

/** Whether the process that made a folder still lives; null for a folder that none of ours made. */
export function ownerOf(folder: string): 'lives' | 'is gone' | 'unknown' | null {
  const owner = readOwner(folder);
  if (owner === null) return null;
  // Of another computer that shares the disk we know nothing.
  if (owner.host !== hostname()) return 'unknown';
  if (isAlive(owner.pid) && beginOf(owner.pid) === owner.began) return 'lives';
  // A browser may outlive its program for a moment.
  return browserLives(join(folder, PROFILE)) ? 'lives' : 'is gone';
}

/** True for a folder that this very process made. */
export function isOwnFolder(folder: string): boolean {
  const owner = readOwner(folder);
  const { pid } = process;
  return owner?.pid === pid && owner.host === hostname() && owner.began === beginOf(pid);
}

/** Folder of a browser profile inside a work folder. */
export const PROFILE = 'profile';

/** Folders in `parent` whose names begin with `prefix`, six more characters, and are ours. */
export function workFoldersIn(parent: string, prefix: RegExp): string[] {
  return namesIn(parent)
    .filter((name) => prefix.test(name.slice(0, -6)) && /\w{6}$/.test(name))
    .map((name) => join(parent, name))
    .filter((folder) => readOwner(folder) !== null)
    .sort();
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Removes a work folder, also one that a dying browser still writes into. */
export function removeWorkFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function readOwner(folder: string): Owner | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, OWNER_FILE), 'utf8'));
    const isOurs =
      typeof value === 'object' &&
      value !== null &&
      'program' in value &&
      value.program === 'mmgrid-playground' &&
      'pid' in value &&
      Number.isSafeInteger(value.pid);
    return isOurs ? (value as Owner) : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  // Dead, but nobody has asked how it ended.
  if (statFields(pid)?.[0] === 'Z') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Null where the system has no such table; a living number then counts as the same process. */
function beginOf(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

/** Linux's line about a process, from its third field (the state) on. */
function statFields(pid: number): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? null;
  } catch {
    return null;
  }
}

/** Chromium's lock is a link to `<host>-<process>`. */
function browserLives(profile: string): boolean {
  try {
    const [, pid] = /-(\d+)$/.exec(readlinkSync(join(profile, 'SingletonLock'))) ?? [];
    return pid !== undefined && isAlive(Number(pid));
  } catch {
    return false;
  }
}
