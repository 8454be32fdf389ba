import type { Restored } from '../../lab/experiment/restored.ts';
import { draftParadigm } from '../../lab/paradigms/document-list.ts';

/** What is put back of the evaluated domain's own checkpoint, as the form offers it. */
export interface RestoreChoice {
  /** '' is what happens where the document says nothing. */
  readonly id: Restored | '';
  readonly title: string;
}

const TITLES: Readonly<Record<Restored, string>> = {
  nothing: 'nothing: all is merged',
  codes: 'its codes',
  tables: 'its codes and prefixes',
  'item-vectors': 'vectors of its items',
  'user-encoder': 'its user encoder',
  model: 'its whole model, which is no merge',
};

/** The choices of a document, the default first; none where its models mean the same everywhere. */
export function restoreChoices(root: Readonly<Record<string, unknown>>): readonly RestoreChoice[] {
  const [usual, ...others] = draftParadigm(root['paradigm']).restores?.(root) ?? [];
  if (usual === undefined) return [];
  return [
    { id: '', title: `${TITLES[usual]} (default)` },
    ...others.map((id) => ({ id, title: TITLES[id] })),
  ];
}

/** The same inside of a sentence: "its codes". */
export function shortTitle({ title }: Pick<RestoreChoice, 'title'>): string {
  return title.replace(/ \(default\)$|:.*$|, which.*$/, '');
}

/** As a document may write it; '' for what is none. */
export function restoredOf(value: unknown): RestoreChoice['id'] {
  return typeof value === 'string' && Object.hasOwn(TITLES, value) ? (value as Restored) : '';
}
