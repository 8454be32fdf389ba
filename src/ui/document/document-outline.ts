import { draftParadigm } from '../../lab/paradigms/document-list.ts';
import { isRecord, readDocument } from './document-edit.ts';
import { restoreChoices, type RestoreChoice } from './merge-form-restore.ts';

export interface OutlinePeriod {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * What the forms need to know of a document, read tolerantly: a draft with faults still shows what
 * it has. The verdict on the document is LabApi.inspect's alone.
 */
export interface DocumentOutline {
  readonly name: string;
  /** '' when the document does not say. */
  readonly paradigm: string;
  /** 'simulator', an importer's id, or '' when the document does not say. */
  readonly source: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** What the cells start from, as `base.source` names it; '' when the document does not say. */
  readonly start: string;
  readonly domains: readonly string[];
  readonly stages: readonly OutlinePeriod[];
  /** Columns of the grid: the stages, or a click model for each transfer strategy of each stage. */
  readonly columns: readonly string[];
  readonly test: OutlinePeriod | null;
  readonly merges: readonly Readonly<Record<string, unknown>>[];
  /** What a merge over domains may put back; see `restoreChoices`. */
  readonly restores: readonly RestoreChoice[];
  readonly searches: readonly Readonly<Record<string, unknown>>[];
  readonly hasValidation: boolean;
  readonly seeds: readonly number[];
  /** What results are compared with; '' when the document does not say. */
  readonly reference: string;
}

const EMPTY: DocumentOutline = {
  name: '',
  paradigm: '',
  source: '',
  data: {},
  start: '',
  domains: [],
  stages: [],
  columns: [],
  test: null,
  merges: [],
  restores: [],
  searches: [],
  hasValidation: false,
  seeds: [],
  reference: '',
};

export function outlineOf(text: string): DocumentOutline {
  if (latest.text !== text) latest = { text, outline: readOutline(text) };
  return latest.outline;
}

/** Views ask several times a second while a run is on, and the text rarely changes. */
let latest: { readonly text: string; readonly outline: DocumentOutline } = {
  text: '',
  outline: EMPTY,
};

function readOutline(text: string): DocumentOutline {
  const root = readDocument(text);
  if (root === null) return EMPTY;
  const data = isRecord(root['data']) ? root['data'] : {};
  const contexts = isRecord(root['contexts']) ? root['contexts'] : {};
  const stages = list(contexts['stages'])
    .filter(isRecord)
    .map((stage) => period(asText(stage['name']), stage));
  const names = stages.map(({ name }) => name);
  const test = isRecord(contexts['test']) ? period('test', contexts['test']) : null;
  return {
    name: asText(root['name']),
    paradigm: asText(root['paradigm']),
    source: asText(data['importer']) || asText(data['source']),
    data,
    start: isRecord(root['base']) ? asText(root['base']['source']) : '',
    domains: list(contexts['domains']).map(asText).filter(Boolean),
    stages,
    columns: draftParadigm(root['paradigm']).draftColumns(root, names),
    test,
    merges: list(root['merges']).filter(isRecord),
    restores: restoreChoices(root),
    searches: list(root['searches']).filter(isRecord),
    hasValidation: isRecord(contexts['validation']),
    seeds: list(root['seeds']).filter((seed) => typeof seed === 'number'),
    reference: isRecord(root['results']) ? asText(root['results']['reference']) : '',
  };
}

function period(name: string, value: Readonly<Record<string, unknown>>): OutlinePeriod {
  return { name, startMs: dayOf(value['start']), endMs: dayOf(value['end']) };
}

function dayOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : NaN;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
