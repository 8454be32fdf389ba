import { parseDocument } from 'yaml';

/*
 * The document is checked by the page, which knows the whole schema; here it only matters whether a
 * base has to be downloaded for it.
 */

/** @param document null: the embedded demo */
export function isYaml(document: string | null): boolean {
  return document === null || parseDocument(document, { schema: 'core' }).errors.length === 0;
}

/** Whether a document says `base: { source: import }`. */
export function importsBase(document: string | null): boolean {
  if (document === null) return false;
  const parsed = parseDocument(document, { schema: 'core' });
  return parsed.errors.length === 0 && parsed.getIn(['base', 'source']) === 'import';
}
