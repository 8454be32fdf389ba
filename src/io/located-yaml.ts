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
import { aliasFaults, isMergeKey } from './yaml-aliases.ts';

/** How much YAML is read, and whether parts of a document may stand for others. */
interface YamlRules {
  readonly maxBytes: number;
  readonly aliases: boolean;
}

/** No document that a person writes comes near it; what does is a mistake or an attack. */
const WRITTEN: YamlRules = { maxBytes: 64 * 1024, aliases: false };
/** Programs write recipes, too: one value a tensor and model. */
const GENERATED: YamlRules = { maxBytes: 4 * 2 ** 20, aliases: true };

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
  uniqueKeys: true,
  strict: true,
  prettyErrors: false,
} as const;

/**
 * Reads YAML (JSON is a subset) with what makes YAML dangerous off: aliases, custom tags, merge
 * keys, several documents. Syntax errors come back as faults with line and column.
 */
export function readYaml(text: string): YamlResult {
  const read = readDocuments(text, WRITTEN, (lines) => [
    parseDocument(text, { ...OPTIONS, lineCounter: lines }),
  ]);
  if (!read.ok) return read;
  const [document] = read.documents;
  if (document === undefined) return refuse([fault('document', 'The document is empty.')]);
  return { ok: true, document };
}

/**
 * Several documents separated by `---`, each a mapping; empty ones are passed over. Anchors, aliases
 * and merge keys (`<<`) are replaced, within bounds: recipes are often written with them.
 */
export function readYamlStream(text: string): YamlStreamResult {
  return readDocuments(text, GENERATED, (lines) => {
    const options = { ...OPTIONS, merge: true, lineCounter: lines };
    const documents = [...parseAllDocuments(text, options)];
    const isEmpty = (one: Document.Parsed): boolean =>
      one.errors.length === 0 && (one.contents === null || isNothing(one.contents));
    const given = documents.filter((document) => !isEmpty(document));
    return given.length > 0 ? given : documents;
  });
}

function isNothing(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function readDocuments(
  text: string,
  rules: YamlRules,
  parse: (lines: LineCounter) => readonly Document.Parsed[],
): YamlStreamResult {
  const bytes = new TextEncoder().encode(text).length;
  const { maxBytes } = rules;
  if (bytes > maxBytes) {
    const limit = `${maxBytes} (${maxBytes / 1024} kB)`;
    return refuse([fault('document', `The document has ${bytes} bytes; the limit is ${limit}.`)]);
  }
  const lines = new LineCounter();
  try {
    const parsed = parse(lines);
    const faults = parsed.flatMap((document) => documentFaults(document, rules, lines));
    if (faults.length > 0) return refuse(faults);
    if (parsed.length === 0) return refuse([fault('document', 'The document is empty.')]);
    const documents = parsed.map((document): LocatedDocument => {
      // How often aliases may be followed has been counted already.
      const value: unknown = document.toJS({ maxAliasCount: rules.aliases ? -1 : 0 });
      return { value, placeOf: (path) => placeOf(document, lines, path) };
    });
    return { ok: true, documents };
  } catch (error) {
    // Absurd nesting overflows the stack before any check of ours can see the depth.
    if (!(error instanceof RangeError)) throw error;
    return refuse([fault('document', 'The document is nested too deeply.')]);
  }
}

function documentFaults(
  document: Document.Parsed,
  { aliases }: YamlRules,
  lines: LineCounter,
): Fault[] {
  const faults = [...document.errors, ...document.warnings].map((error) =>
    fault(linePlace(lines, error.pos[0]), firstLine(error.message)),
  );
  visit(document, (_key, node) => {
    if (isAlias(node) && !aliases) {
      faults.push(fault(linePlace(lines, node.range?.[0]), 'Aliases (*name) are not allowed.'));
    }
    const key = isPair(node) && isScalar(node.key) ? node.key : undefined;
    if (key !== undefined && typeof key.value !== 'string' && !isMergeKey(key)) {
      faults.push(fault(linePlace(lines, key.range?.[0]), 'A key must be text: quote it.'));
    }
  });
  if (aliases && faults.length === 0) {
    for (const { offset, message } of aliasFaults(document)) {
      faults.push(fault(linePlace(lines, offset), message));
    }
  }
  if (faults.length === 0 && !isMap(document.contents)) {
    const what = document.contents === null ? 'empty' : 'not a mapping of keys to values';
    faults.push(fault('document', `The document is ${what}.`));
  }
  return faults;
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
