import { isMap, isSeq, LineCounter } from 'yaml';
import type { Document } from 'yaml';
import { AppError } from '../../core/errors.ts';
import { composeYaml, repeatedKeys, TooDeep } from '../../io/yaml/yaml-documents.ts';

const MAX_BYTES = 64 * 1024;

export type DocumentPath = readonly (string | number)[];

/** One merge of the experiment document, as the merge form writes it. */
export interface MergeEntry {
  readonly name: string;
  readonly [key: string]: unknown;
}

/**
 * The document with one value changed. Comments and everything else stay as the user wrote them.
 * @errors experiment-invalid when the text is not YAML, so that a form never destroys a draft
 */
export function withValue(text: string, path: DocumentPath, value: unknown): string {
  const document = parsed(text);
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, value);
  return document.toString({ lineWidth: 100 });
}

/** The document after these changes, under the same promises. */
export function withDocument(text: string, change: (document: Document) => void): string {
  const document = parsed(text);
  change(document);
  return document.toString({ lineWidth: 100 });
}

/** The document with this merge added, or replaced when one of the same name is there. */
export function withMerge(text: string, entry: MergeEntry): string {
  return withEntry(text, 'merges', entry);
}

/** The same for any list of named entries. */
export function withEntry(
  text: string,
  list: string,
  entry: { readonly name: string } & object,
): string {
  const document = parsed(text);
  const entries = document.get(list);
  if (!isSeq(entries)) {
    document.set(list, document.createNode([entry]));
  } else {
    const index = entries.items.findIndex((item) => isMap(item) && item.get('name') === entry.name);
    const node = document.createNode(entry);
    if (index === -1) entries.add(node);
    else entries.set(index, node);
    entries.flow = false;
  }
  return document.toString({ lineWidth: 100 });
}

/** The document with this merge alone, and nothing that names others: what a probe asks about. */
export function withOnlyMerge(text: string, entry: MergeEntry): string {
  const document = parsed(text);
  document.set('merges', document.createNode([entry]));
  for (const key of ['searches', 'analysis']) document.delete(key);
  return document.toString({ lineWidth: 100 });
}

/** The document without the merge of this name. */
export function withoutMerge(text: string, name: string): string {
  const document = parsed(text);
  const merges = document.get('merges');
  if (isSeq(merges)) {
    merges.items = merges.items.filter((item) => !(isMap(item) && item.get('name') === name));
    if (merges.items.length === 0) document.delete('merges');
  }
  return document.toString({ lineWidth: 100 });
}

/** The plain value of the document; null when it is no YAML mapping. */
export function readDocument(text: string): Readonly<Record<string, unknown>> | null {
  const document = tryParse(text);
  if (document === null || !isMap(document.contents)) return null;
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return isRecord(value) ? value : null;
  } catch {
    return null; // aliases are off: a document that has them is refused by the inspection too
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): Document {
  const document = tryParse(text);
  if (document === null) {
    throw new AppError('experiment-invalid', 'The experiment document is not valid YAML.', {
      hint: 'Nothing was changed. Correct the faults listed under the document first.',
    });
  }
  return document;
}

function tryParse(text: string): Document | null {
  if (new Blob([text]).size > MAX_BYTES) return null;
  try {
    const found = composeYaml(text, new LineCounter(), { merge: false, forced: true });
    const [document] = found;
    if (document === undefined || found.length > 1 || document.errors.length > 0) return null;
    return repeatedKeys(document).length === 0 ? document : null;
  } catch (error) {
    if (error instanceof TooDeep) return null;
    throw error;
  }
}
