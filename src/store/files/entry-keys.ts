import { AppError } from '../../core/errors.ts';

/** A key's parts: what it is of a job, whose, and which of several. */
export function partsOf(key: string): { kind: string; id: string; rest: string } {
  const [, kind, id, rest] = /^([\w-]+)\/([^/]+)\/([\w-]*)$/.exec(key) ?? [];
  if (kind !== undefined && id !== undefined && rest !== undefined) return { kind, id, rest };
  throw new AppError('internal', `"${key}" is no key of the file store.`);
}

/** A folder name for any id; that of a job is its own. */
export function nameOf(id: string): string {
  return encodeURIComponent(id).replaceAll('.', '%2E').replaceAll('*', '%2A');
}

/** null for what no job is named: something else lies there. */
export function idOf(name: string): string | null {
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}
