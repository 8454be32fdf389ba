import {
  differencesTo,
  referenceNames,
  type DifferenceRow,
} from '../../lab/results/differences.ts';
import type { RunAnswers } from '../../lab/results/answers.ts';
import { outlineOf } from '../document/document-outline.ts';
import type { AppState } from './state.ts';

/** Results with what they are compared with. */
export interface Compared {
  /** Models that may be the reference, as the results call them. */
  readonly names: readonly string[];
  /** null: nothing is compared. */
  readonly reference: string | null;
  readonly differences: readonly DifferenceRow[];
}

/**
 * The reference that is chosen on the page, else the document's, where the results have it; and the
 * differences to it. Computed once for the answers there are: views ask at every event.
 */
export function comparedOf({ run, reference: chosen, document }: AppState): Compared {
  const names = namesOf(run.answers);
  const wanted = chosen ?? outlineOf(run.started?.text ?? document.text).reference;
  const reference = names.includes(wanted) ? wanted : null;
  if (latest.answers !== run.answers || latest.reference !== reference) {
    const differences = reference === null ? [] : differencesTo(run.answers, reference);
    latest = { answers: run.answers, reference, differences };
  }
  return { names, reference, differences: latest.differences };
}

let latest: {
  readonly answers: RunAnswers | null;
  readonly reference: string | null;
  readonly differences: readonly DifferenceRow[];
} = { answers: null, reference: null, differences: [] };

let known: { readonly answers: RunAnswers | null; readonly names: readonly string[] } = {
  answers: null,
  names: [],
};

function namesOf(answers: RunAnswers): readonly string[] {
  if (known.answers !== answers) known = { answers, names: referenceNames(answers) };
  return known.names;
}
