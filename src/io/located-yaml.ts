import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
} from 'yaml';
import type { Document } from 'yaml';
import type { Fault } from '../core/errors.ts';

/** No document that a person writes comes near it; what does is a mistake or an attack. */
export const MAX_YAML_BYTES = 64 * 1024;

export type KeyPath = readonly (string | number)[];

/** A parsed document that still knows where each value stands. */
export interface LocatedDocument {
  readonly value: unknown;
  /** `contexts.stages[1].end (line 12:14)`; the nearest existing ancestor gives the line. */
  placeOf(path: KeyPath): string;
}

export type YamlResult =
  | { readonly ok: true; readonly document: LocatedDocument }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export type YamlStreamResult =
  | { readonly ok: true; readonly documents: readonly LocatedDocument[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const OPTIONS = {
  schema: 'core',
  merge: false,
  uniqueKeys: true,
  strict: true,
  prettyErrors: false,
} as const;

/**
 * Reads YAML (JSON is a subset) with what makes YAML dangerous off: aliases, custom tags, merge
 * keys, several documents. Syntax errors come back as faults with line and column.
 */
export function readYaml(text: string): YamlResult {
  const read = readDocuments(text, (lines) => [
    parseDocument(text, { ...OPTIONS, lineCounter: lines }),
  ]);
  if (!read.ok) return read;
  const [document] = read.documents;
  if (document === undefined) return refuse([fault('document', 'The document is empty.')]);
  return { ok: true, document };
}

/** Several documents separated by `---`, each a mapping, under the same rules. */
export function readYamlStream(text: string): YamlStreamResult {
  return readDocuments(text, (lines) => {
    const documents = parseAllDocuments(text, { ...OPTIONS, lineCounter: lines });
    return [...documents];
  });
}

function readDocuments(
  text: string,
  parse: (lines: LineCounter) => readonly Document.Parsed[],
): YamlStreamResult {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_YAML_BYTES) {
    return refuse([
      fault('document', `The document has ${String(bytes)} bytes; the limit is 65536 (64 kB).`),
    ]);
  }
  const lines = new LineCounter();
  const parsed = parseSafely(() => parse(lines));
  if ('faults' in parsed) return refuse(parsed.faults);
  const faults = parsed.documents.flatMap((document) => documentFaults(document, lines));
  if (faults.length > 0) return refuse(faults);
  if (parsed.documents.length === 0) return refuse([fault('document', 'The document is empty.')]);
  const documents = parsed.documents.map((document): LocatedDocument => {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return { value, placeOf: (path) => placeOf(document, lines, path) };
  });
  return { ok: true, documents };
}

function documentFaults(document: Document.Parsed, lines: LineCounter): Fault[] {
  const faults = [...document.errors, ...document.warnings].map((error) =>
    fault(linePlace(lines, error.pos[0]), firstLine(error.message)),
  );
  visit(document, (_key, node) => {
    if (isAlias(node)) {
      faults.push(fault(linePlace(lines, node.range?.[0]), 'Aliases (*name) are not allowed.'));
    }
    const key = isPair(node) && isScalar(node.key) ? node.key : undefined;
    if (key !== undefined && typeof key.value !== 'string') {
      faults.push(fault(linePlace(lines, key.range?.[0]), 'A key must be text: quote it.'));
    }
  });
  if (faults.length === 0 && !isMap(document.contents)) {
    const what = document.contents === null ? 'empty' : 'not a mapping of keys to values';
    faults.push(fault('document', `The document is ${what}.`));
  }
  return faults;
}

function parseSafely(
  parse: () => readonly Document.Parsed[],
): { readonly documents: readonly Document.Parsed[] } | { readonly faults: readonly Fault[] } {
  try {
    return { documents: parse() };
  } catch (error) {
    // Absurd nesting overflows the parser's stack before any check of ours can see the depth.
    if (!(error instanceof RangeError)) throw error;
    return { faults: [fault('document', 'The document is nested too deeply.')] };
  }
}

function placeOf(document: Document, lines: LineCounter, path: KeyPath): string {
  const shown = showPath(path);
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return `${shown} (${linePlace(lines, offset)})`;
  }
  return shown === '' ? 'document' : shown;
}

/** Where a value's key stands, or the value itself inside a list. */
function offsetOf(document: Document, path: KeyPath): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path[path.length - 1];
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === last);
    return pair !== undefined && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

/** `contexts.stages[1].end`. */
export function showPath(path: KeyPath): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${String(key)}]` : index === 0 ? key : `.${key}`,
    )
    .join('');
}

function linePlace(lines: LineCounter, offset: number | undefined): string {
  if (offset === undefined) return 'document';
  const { line, col } = lines.linePos(offset);
  return `line ${String(line)}:${String(col)}`;
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}

function fault(place: string, message: string): Fault {
  return { place, message };
}

function refuse(faults: readonly Fault[]): {
  readonly ok: false;
  readonly faults: readonly Fault[];
} {
  return { ok: false, faults };
}
