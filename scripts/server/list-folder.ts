import { constants } from 'node:fs';
import { access, lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of a folder that is offered to the page. */
export interface ListedFile {
  readonly name: string;
  readonly size: number;
  /** Why it cannot be read, to stand after its name: `is a link to …, which does not exist`. */
  readonly problem?: string;
}

/**
 * The files directly in a folder, by name. One that cannot be read is listed with the reason:
 * whether anything needs it is for its reader to say.
 */
export async function listFolder(folder: string): Promise<ListedFile[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  const files = await Promise.all(names.map((name) => listFile(join(folder, name), name)));
  return files.filter((file) => file !== null);
}

/** One file under the name it is listed by; null for what is no file, such as a folder. */
export async function listFile(path: string, name: string): Promise<ListedFile | null> {
  const facts = await stat(path).catch((error: unknown) => codeOf(error));
  if (typeof facts === 'string') return { name, size: 0, problem: await problemOf(path, facts) };
  if (!facts.isFile()) return null;
  const denied = await access(path, constants.R_OK).catch((error: unknown) => codeOf(error));
  if (typeof denied !== 'string') return { name, size: facts.size };
  return { name, size: 0, problem: await problemOf(path, denied) };
}

/** What a failed file operation means for whoever gave the file. */
async function problemOf(path: string, code: string): Promise<string> {
  const isLink = await lstat(path).then(
    (facts) => facts.isSymbolicLink(),
    () => false,
  );
  if (code === 'ELOOP') return 'is a link that leads back to itself';
  if (code === 'ENOENT' && isLink) {
    const target = await readlink(path).catch(() => 'a file');
    return `is a link to ${target}, which does not exist`;
  }
  return reasonOf(code);
}

/** Why a file or folder cannot be read, by the code of the system's error. */
export function reasonOf(code: string): string {
  const isDenied = code === 'EACCES' || code === 'EPERM';
  return isDenied ? 'may not be read by this user' : `cannot be read (${code})`;
}

/** `ENOENT` and its like. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
