import { readText } from '../../io/read-text.ts';
import type { ImportSession } from './import-session.ts';
import type { InputFile, OnBytes } from './importer.ts';

const TOKEN = /<([a-z])_(\d{1,5})>/g;
const MAX_CODE = 65_535;

/**
 * Semantic ids made by another program: a JSON object from item id to its tokens, as a list
 * `["<a_3>", "<b_14>"]` or one text `"<a_3><b_14>"`; level letters rise from a.
 * @returns codes per item, all of one length; what cannot be read is a fault of the session
 */
export async function readGivenIds(
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const ids = new Map<string, readonly number[]>();
  let text = '';
  for await (const part of readText(file.blob, file.name, onBytes)) text += part;
  const entries = entriesOf(text);
  if (entries === null) {
    session.faults.add(file.name, 'is no JSON object from item id to tokens');
    return ids;
  }
  let levels = 0;
  for (const [item, value] of entries) {
    const codes = tokenCodes(value);
    if (codes === null) {
      session.faults.add(`${file.name}: "${item}"`, 'is no id such as <a_3><b_14>');
    } else if (levels !== 0 && codes.length !== levels) {
      const found = `has ${String(codes.length)} levels, others ${String(levels)}`;
      session.faults.add(`${file.name}: "${item}"`, found);
    } else {
      levels = codes.length;
      ids.set(item, codes);
    }
  }
  session.fileRead(file.name, entries.length, 'ids');
  return ids;
}

function entriesOf(text: string): [string, unknown][] | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return Object.entries(value);
  } catch {
    return null;
  }
}

/** Codes of an id's tokens, as a list or one text; null where it is none. */
export function tokenCodes(value: unknown): number[] | null {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (parts.length === 0 || !parts.every((part) => typeof part === 'string')) return null;
  const text = parts.join('');
  const tokens = [...text.matchAll(TOKEN)];
  // Every character must belong to a token: a half-read id would be another item's.
  if (tokens.length === 0 || tokens.map(([token]) => token).join('') !== text) return null;
  const codes = tokens.map(([, , code]) => Number(code));
  const inOrder = tokens.every(([, letter], level) => letter === String.fromCharCode(97 + level));
  return inOrder && codes.every((code) => code <= MAX_CODE) ? codes : null;
}
