import type { AskedCustomer } from '../../lab/recommending/recommendation.ts';
import type { RecommendAnswer, RecommendChoices } from '../../lab/run/recommendations.ts';
import type { Problem } from '../text/problem.ts';

/** Whom the page asks about: one of the test's customers, or titles that somebody typed. */
export type WantedCustomer = { readonly place: number } | { readonly typed: readonly string[] };

/** What the user has chosen; null: as the document suggests. */
export interface RecommendWanted {
  readonly domain: string | null;
  readonly first: string | null;
  /** '' for none. */
  readonly merge: string | null;
  /** Whether the merge under the sliders stands in the place of `merge`. */
  readonly isLive: boolean;
  readonly second: string | null;
  readonly customer: WantedCustomer;
  /** Of the next customer that is drawn. */
  readonly sampleSeed: number;
}

export interface RecommendState {
  readonly wanted: RecommendWanted;
  readonly choices: RecommendChoices | null;
  readonly answers: readonly RecommendAnswer[];
  /** What the answers are to. */
  readonly answered: ResolvedQuestion | null;
  readonly isAsking: boolean;
  readonly problem: Problem | null;
}

export const NOTHING_WANTED: RecommendWanted = {
  ...{ domain: null, first: null, merge: null, isLive: false, second: null },
  customer: { place: 0 },
  sampleSeed: 1,
};

export const NO_RECOMMEND: RecommendState = {
  wanted: NOTHING_WANTED,
  choices: null,
  answers: [],
  answered: null,
  isAsking: false,
  problem: null,
};

/** A typed history as items of the domain. */
export interface TypedHistory {
  readonly items: readonly number[];
  /** What no item is called. */
  readonly unknown: readonly string[];
  /** Older titles that no model reads. */
  readonly older: number;
}

/** What is asked for what was wanted. */
export interface ResolvedQuestion {
  readonly first: string | null;
  readonly merge: string | null;
  readonly second: string | null;
  /** null: there is nobody to ask about yet. */
  readonly customer: AskedCustomer | null;
  readonly history: readonly number[];
  readonly taken: readonly number[];
  readonly typed: TypedHistory | null;
}

/** Names of items, each its own: of several with one title the later ones are counted. */
export function namesOf(titles: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return titles.map((title) => {
    const count = (seen.get(title) ?? 0) + 1;
    seen.set(title, count);
    return count === 1 || title === '' ? title : `${title} (${String(count)})`;
  });
}

/** Titles in whatever case as items; the newest that a model reads. */
export function typedHistory(
  typed: readonly string[],
  names: readonly string[],
  longest: number,
): TypedHistory {
  const itemOf = new Map<string, number>();
  names.forEach((name, item) => {
    const key = plain(name);
    if (key !== '' && !itemOf.has(key)) itemOf.set(key, item);
  });
  const unknown = typed.filter((title) => !itemOf.has(plain(title)));
  const items = typed.flatMap((title) => itemOf.get(plain(title)) ?? []);
  return { items: items.slice(-longest), unknown, older: Math.max(0, items.length - longest) };
}

function plain(title: string): string {
  return title.trim().replace(/\s+/g, ' ').toLowerCase();
}

/** The models and the customer of a question: what was chosen where it is there, else a merge and its parents. */
export function resolved(wanted: RecommendWanted, choices: RecommendChoices): ResolvedQuestion {
  const { models } = choices;
  const known = (name: string | null) => models.find((one) => one.name === name);
  const merge =
    wanted.merge === '' || wanted.isLive
      ? undefined
      : (known(wanted.merge) ?? models.find(({ role, isReady }) => role === 'merge' && isReady));
  const cells = models.filter(({ role }) => role === 'cell');
  const ready = cells.filter(({ isReady }) => isReady);
  const ends = merge === undefined || merge.parents.length === 0 ? null : merge.parents;
  // What moved is told against the first: the shop's own model, where it is among them.
  const isOwn = (name: string) => name.startsWith(`${choices.domain}/`);
  const sides = ends ?? newestCells(ready.length > 0 ? ready : cells);
  const own = sides.filter(isOwn).at(-1) ?? sides[0];
  const other = sides.filter((name) => name !== own).at(ends === null ? 0 : -1);
  const first = known(wanted.first)?.name ?? own ?? null;
  const second = known(wanted.second)?.name ?? other ?? null;
  const asked = customerOf(wanted.customer, choices);
  return { first, merge: merge?.name ?? null, second: second === first ? null : second, ...asked };
}

/** The last cell of each domain, as names go: "Games/phase2". */
function newestCells(cells: RecommendChoices['models']): string[] {
  const byDomain = new Map(cells.map(({ name }) => [name.slice(0, name.lastIndexOf('/')), name]));
  return [...byDomain.values()];
}

function customerOf(
  wanted: WantedCustomer,
  { titles, customers, longest }: RecommendChoices,
): Pick<ResolvedQuestion, 'customer' | 'history' | 'taken' | 'typed'> {
  if ('typed' in wanted && longest !== null) {
    const typed = typedHistory(wanted.typed, namesOf(titles), longest);
    const customer = typed.items.length === 0 ? null : { history: typed.items };
    return { customer, history: typed.items, taken: [], typed };
  }
  const place = 'place' in wanted ? wanted.place : 0;
  const at = place < customers.length ? place : 0;
  const found = customers[at];
  if (found === undefined) return { customer: null, history: [], taken: [], typed: null };
  return { customer: { at }, history: found.history, taken: found.taken, typed: null };
}
