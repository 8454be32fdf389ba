import { parse, parseDocument } from 'yaml';
import type { PackMethod } from './pack-methods.ts';

/** The document with one merge, half of each: its cells, users and settings stay what they are. */
export function documentOf(
  text: string,
  { id, entry, parameters }: PackMethod,
  ownCodes: boolean,
): string {
  const document = parseDocument(text);
  const restore = ownCodes ? {} : { restore: 'nothing' };
  const written = parse(entry) as Readonly<Record<string, unknown>>;
  document.set('merges', [
    { name: id, over: 'domains', ...written, parameters: parameters(0.5), ...restore },
  ]);
  return document.toString();
}
