import { AppError } from '../../src/core/errors.ts';
import { readTable } from '../../src/io/csv-table.ts';
import { FaultList } from '../../src/io/fault-list.ts';
import { shortNames } from '../../src/lab/results/differences.ts';
import type { Asked, RankAnswers } from '../../src/lab/results/answers.ts';
import type { LeadingRow } from './rows.ts';

/** Ranks that one model of one seed gave the test users of its own domain. */
export interface RankedUsers {
  readonly asked: Asked;
  readonly answers: RankAnswers;
}

const COLUMNS = [
  ...['eval_domain', 'eval_period', 'split', 'model', 'kind', 'model_id', 'seed', 'own'],
  ...['user', 'target', 'rank', 'other_rank'],
] as const;
const CUTOFFS = [10];

interface Group {
  readonly cells: Readonly<Record<(typeof COLUMNS)[number], string>>;
  readonly users: string[];
  readonly items: string[];
  readonly ranks: number[];
  readonly otherRanks: number[];
}

/** `users.csv` of an out folder. */
export interface UsersFile {
  readonly text: string;
  readonly place: string;
  /** `maskHistory` of the protocol: whether `rank` has the history masked, and `other_rank` not. */
  readonly isMasked: boolean;
}

/**
 * What a run says of one line of the table: the test, own contexts, every seed. `ranks` are those with
 * the history left in, `otherRanks` those with all of it masked, whichever the document chose.
 * @errors data-invalid for a file that no run writes, or one without the model or without the numbers
 *   of the other mask
 */
export async function rankedUsers(
  { text, place, isMasked }: UsersFile,
  row: LeadingRow,
): Promise<readonly RankedUsers[]> {
  const groups = new Map<string, Group>();
  const faults = new FaultList();
  await readTable(
    pieces(text),
    place,
    { delimiter: ',', quoted: true },
    COLUMNS,
    faults,
    (values) => {
      const cells = Object.fromEntries(COLUMNS.map((name, at) => [name, values[at] ?? '']));
      take(groups, cells as Group['cells'], row, isMasked);
    },
  );
  if (faults.total > 0) throw faults.toError('data-invalid', `${place} is damaged.`, HINT);
  if (groups.size === 0) {
    throw new AppError('data-invalid', `${place} has no model "${row.model}".`, { hint: HINT });
  }
  return [...groups.values()].map((group) => answersOf(group, row, place));
}

const HINT =
  'Nothing was written. Run the document again, with users.csv and evaluation.maskHistory.';

async function* pieces(text: string): AsyncGenerator<string> {
  yield text.replaceAll('\r\n', '\n');
}

function take(
  groups: Map<string, Group>,
  cells: Group['cells'],
  { model }: LeadingRow,
  isMasked: boolean,
): void {
  const { eval_domain: domain, split, own, seed, user, target, rank, other_rank: other } = cells;
  if (split !== 'test' || own !== '1') return;
  if (cells.model !== model && !shortNames(cells.model, [domain]).includes(model)) return;
  const key = JSON.stringify([domain, seed]);
  const group = groups.get(key) ?? { cells, users: [], items: [], ranks: [], otherRanks: [] };
  groups.set(key, group);
  group.users.push(user);
  group.items.push(target);
  const otherRank = other === '' ? NaN : Number(other);
  group.ranks.push(isMasked ? otherRank : Number(rank));
  group.otherRanks.push(isMasked ? Number(rank) : otherRank);
}

function answersOf(
  { cells, users, items, ranks, otherRanks }: Group,
  { label, experiment }: LeadingRow,
  place: string,
): RankedUsers {
  if ([...ranks, ...otherRanks].some((rank) => !Number.isInteger(rank) || rank < 0)) {
    const message = `${place}: ranks of "${cells.model}" with one of the two masks are missing.`;
    throw new AppError('data-invalid', message, { hint: HINT });
  }
  const domain = cells.eval_domain;
  const asked = JSON.stringify([experiment, domain]);
  return {
    asked: { key: asked, domain, period: cells.eval_period, split: 'test', users, items },
    answers: {
      ...{ type: 'ranks', asked, cutoffs: CUTOFFS, ranks, otherRanks, modelId: cells.model_id },
      ...{ model: label, kind: cells.kind as RankAnswers['kind'], own: true, recipeHash: '' },
      seed: Number(cells.seed),
    },
  };
}
