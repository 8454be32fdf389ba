import { readYaml } from '../../src/io/yaml/located-yaml.ts';

/*
 * The document is checked by the lab, which knows the whole schema; here it only matters whether a
 * base has to be downloaded for it.
 */

/** @param document null: the embedded demo */
export function isYaml(document: string | null): boolean {
  return document === null || readYaml(document).ok;
}

/** Whether a document says `base: { source: import }`. */
export function importsBase(document: string | null): boolean {
  if (document === null) return false;
  const read = readYaml(document);
  if (!read.ok) return false;
  const { base } = read.document.value as { readonly base?: unknown };
  return typeof base === 'object' && base !== null && 'source' in base && base.source === 'import';
}
