import { isAlias, isMap, isNode, isPair, isScalar, LineCounter, visit } from 'yaml';
import type { Document } from 'yaml';
import type { Fault } from '../../core/errors.ts';
import { LISTED_FAULTS } from '../fault-list.ts';
import { aliasFaults, isMergeKey } from './yaml-aliases.ts';
import { composeYaml, repeatedKeys, TooDeep } from './yaml-documents.ts';

/** How much YAML is read, and whether parts of a document may stand for others. */
interface YamlRules {
  readonly maxBytes: number;
  readonly aliases: boolean;
  /** Whether a second document is a fault. */
  readonly isOne: boolean;
}

/** No document that a person writes comes near it; what does is a mistake or an attack. */
const WRITTEN: YamlRules = { maxBytes: 64 * 1024, aliases: false, isOne: true };
/** Programs write recipes, too: one value a tensor and model. */
const GENERATED: YamlRules = { maxBytes: 4 * 2 ** 20, aliases: true, isOne: false };

const ONE_DOCUMENT = 'Only one document is read: "---" begins another.';

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

/**
 * Reads YAML (JSON is a subset) with what makes YAML dangerous off: aliases, custom tags, merge
 * keys, several documents. Syntax errors come back as faults with line and column.
 */
export function readYaml(text: string): YamlResult {
  const read = readDocuments(text, WRITTEN, (lines) =>
    composeYaml(text, lines, { merge: false, forced: true }),
  );
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
    const documents = composeYaml(text, lines, { merge: true, forced: false });
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
    const second = rules.isOne ? parsed[1]?.range[0] : undefined;
    const faults = [
      ...parsed.flatMap((document) => documentFaults(document, rules, lines)),
      ...(second === undefined ? [] : [fault(linePlace(lines, second), ONE_DOCUMENT)]),
    ];
    if (faults.length > 0) return refuse(firstOf(faults));
    if (parsed.length === 0) return refuse([fault('document', 'The document is empty.')]);
    const documents = parsed.map((document): LocatedDocument => {
      // How often aliases may be followed has been counted already.
      const value: unknown = document.toJS({ maxAliasCount: rules.aliases ? -1 : 0 });
      return { value, placeOf: (path) => placeOf(document, lines, path) };
    });
    return { ok: true, documents };
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    return refuse([fault('document', 'The document is nested too deeply.')]);
  }
}

/** A page of faults helps nobody, and a text of 64 kB may hold one a character. */
function firstOf(faults: readonly Fault[]): Fault[] {
  const rest = faults.length - LISTED_FAULTS;
  if (rest <= 1) return [...faults];
  return [
    ...faults.slice(0, LISTED_FAULTS),
    fault('document', `${String(rest)} faults more; these are the first.`),
  ];
}

function documentFaults(
  document: Document.Parsed,
  { aliases }: YamlRules,
  lines: LineCounter,
): Fault[] {
  const faults = [...document.errors, ...document.warnings].map((error) =>
    fault(linePlace(lines, error.pos[0]), firstLine(error.message)),
  );
  for (const offset of repeatedKeys(document)) {
    faults.push(fault(linePlace(lines, offset), 'Map keys must be unique'));
  }
  visit(document, (_key, node) => {
    if (isAlias(node) && !aliases) {
      faults.push(fault(linePlace(lines, node.range?.[0]), 'Aliases (*name) are not allowed.'));
    }
    const key = isPair(node) && isNode(node.key) ? node.key : undefined;
    const isText = isScalar(key) && typeof key.value === 'string';
    if (key !== undefined && !isText && !isMergeKey(key) && !isAlias(key)) {
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
