import type { BaseSummary, KeptModel } from '../../../workers/lab/api.ts';
import { isRecord, readDocument, withValue } from '../document/document-edit.ts';
import type { DocumentPath } from '../document/document-edit.ts';
import type { Problem } from '../text/problem.ts';
import type { BaseForm } from '../../lab/paradigms/contract/imported-base.ts';
import type { ParadigmLabels } from '../../lab/paradigms/contract/paradigm-document.ts';
import { draftParadigm } from '../../lab/paradigms/document-list.ts';

/** A base from files on its way into the page. */
export interface BaseLoading {
  /** `ask`: the hub is asked what the model has. */
  readonly step: 'ask' | 'download' | 'read';
  /** What it is called: a folder, or a model of a hub. */
  readonly title: string;
  readonly doneBytes: number;
  /** 0: not known yet. */
  readonly totalBytes: number;
  /** File that is coming; '' where it does not matter. */
  readonly file: string;
  /** What the document would take of this machine's memory with it; absent before that is known. */
  readonly need?: string;
}

/** The model that documents with `base: { source: import }` start from. */
export interface BaseState {
  /** What the worker holds. */
  readonly opened: { readonly title: string; readonly summary: BaseSummary } | null;
  readonly loading: BaseLoading | null;
  /** Why the last one could not be had. */
  readonly problem: Problem | null;
  /** Downloads that are kept in the browser. */
  readonly kept: readonly KeptModel[];
}

export type BaseEvent =
  | { readonly type: 'ui-base-loading'; readonly loading: BaseLoading }
  | { readonly type: 'ui-base-opened'; readonly title: string; readonly summary: BaseSummary }
  | { readonly type: 'ui-base-failed'; readonly problem: Problem }
  | { readonly type: 'ui-base-closed' }
  | { readonly type: 'ui-base-kept'; readonly kept: readonly KeptModel[] };

export const NO_BASE: BaseState = { opened: null, loading: null, problem: null, kept: [] };

/** The worker drops the base before it reads another one: a failure leaves none. */
export function reduceBase(state: BaseState, event: BaseEvent): BaseState {
  switch (event.type) {
    case 'ui-base-loading': {
      const { loading } = event;
      const opened = loading.step === 'read' ? null : state.opened;
      return { ...state, opened, loading, problem: null };
    }
    case 'ui-base-opened': {
      const { title, summary } = event;
      return { ...state, opened: { title, summary }, loading: null, problem: null };
    }
    case 'ui-base-failed':
      return { ...state, loading: null, problem: event.problem };
    case 'ui-base-closed':
      return { ...state, opened: null, loading: null, problem: null };
    case 'ui-base-kept':
      return { ...state, kept: event.kept };
  }
}

export type BaseSource = 'sequences' | 'text' | 'import' | 'none';

const BASE_SOURCES: readonly unknown[] = ['sequences', 'text', 'import', 'none'];

const USUAL: readonly string[] = ['sequences', 'text', 'import'];

/** What the document's paradigm says of the start of its cells. */
export function startOf(text: string): {
  readonly sources: readonly string[];
  /** What their files are; null: they start from none. */
  readonly files: BaseForm | null;
  readonly trained: ParadigmLabels['trainedBase'];
} {
  const root = readDocument(text) ?? {};
  const paradigm = draftParadigm(root['paradigm']);
  return {
    sources: paradigm.starts?.(root) ?? USUAL,
    files: paradigm.importedBase?.(root) ?? null,
    trained: paradigm.labels.trainedBase,
  };
}

/** What the document says cells start from; null where it says something else. */
export function baseSourceOf(text: string): BaseSource | null {
  const base = readDocument(text)?.['base'] ?? {};
  const source = isRecord(base) ? (base['source'] ?? 'sequences') : null;
  return BASE_SOURCES.includes(source) ? (source as BaseSource) : null;
}

/** Keys that mean nothing for a base of this kind, and numbers that were chosen for another. */
const FOREIGN_KEYS: Readonly<Record<BaseSource, readonly DocumentPath[]>> = {
  sequences: [['base', 'tokens'], ['base', 'textTokens'], ['tasks']],
  text: [],
  none: [
    ...['tokens', 'textTokens', 'epochs', 'learningRate', 'score'].map((key) => ['base', key]),
    ['tasks'],
  ],
  import: [['model'], ['base', 'tokens'], ['base', 'epochs'], ['base', 'learningRate']],
};

/**
 * The document with another start of the cells, without the keys that would then be faults.
 * @errors experiment-invalid as withValue
 */
export function withBaseSource(text: string, source: BaseSource): string {
  let next = text;
  for (const path of FOREIGN_KEYS[source]) {
    let parent: unknown = readDocument(next);
    for (const key of path.slice(0, -1)) parent = isRecord(parent) ? parent[key] : undefined;
    const last = path.at(-1) ?? '';
    if (isRecord(parent) && last in parent) next = withValue(next, path, undefined);
  }
  const { omitsTrainedBase } = draftParadigm(readDocument(next)?.['paradigm']);
  if (omitsTrainedBase !== true) return withValue(next, ['base', 'source'], source);
  return withValue(next, ['base'], source === 'import' ? { source } : undefined);
}
