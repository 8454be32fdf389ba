import { AppError } from '../../src/core/errors.ts';
import { differencesTo } from '../../src/lab/results/differences.ts';
import {
  influenceError,
  meanInfluence,
  rankInfluence,
} from '../../src/rec/evaluation/influence.ts';
import type { RankedUsers } from './read-users.ts';
import { PAIRS, REFERENCES } from './rows.ts';

/** Of recall@10 and NDCG@10, percent. */
export interface TwoMetrics<Value> {
  readonly recall: Value;
  readonly ndcg: Value;
}

/** Mean over seeds, with the standard error over users of each user's mean. */
export interface Measured {
  readonly value: number;
  readonly standardError: number;
  /** With everything that a user took before taken out of the answers. */
  readonly masked: number;
}

/** Model − reference, user by user, mean over seeds. */
export interface PairedDifference {
  readonly difference: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
}

export interface TableContext {
  readonly domain: string;
  readonly users: number;
  readonly measured: TwoMetrics<Measured>;
}

export interface TableRow {
  readonly label: string;
  readonly experiment: string;
  /** [0] of what holds nothing random. */
  readonly seeds: readonly number[];
  readonly contexts: readonly TableContext[];
}

export interface TableDifference {
  readonly label: string;
  readonly reference: string;
  readonly domain: string;
  readonly paired: TwoMetrics<PairedDifference>;
}

export interface LeadingTable {
  readonly rows: readonly TableRow[];
  readonly differences: readonly TableDifference[];
}

/**
 * The table of lines that were read, in their order; lines without an out folder are left out.
 * @errors data-invalid where two lines asked other users, who cannot be paired
 */
export function leadingTable(
  lines: readonly { readonly experiment: string; readonly users: readonly RankedUsers[] }[],
): LeadingTable {
  const all = lines.flatMap(({ users }) => users);
  checkUsers(all);
  const labels = new Set(all.map(({ answers }) => answers.model));
  const pairs = REFERENCES.map((reference) => [null, reference] as const);
  const wanted = [...pairs, ...PAIRS].filter(
    ([label, reference]) => labels.has(reference) && (label === null || labels.has(label)),
  );
  return {
    rows: lines.map(({ experiment, users }) => tableRow(experiment, users)),
    differences: wanted.flatMap(([label, reference]) => differences(all, label, reference)),
  };
}

function tableRow(experiment: string, users: readonly RankedUsers[]): TableRow {
  const domains = [...new Set(users.map(({ asked }) => asked.domain))];
  const seeds = [...new Set(users.map(({ answers }) => answers.seed))].sort((a, b) => a - b);
  return {
    label: users[0]?.answers.model ?? '',
    ...{ experiment, seeds },
    contexts: domains.map((domain) => {
      const own = users.filter(({ asked }) => asked.domain === domain);
      const of = (metric: 'recall' | 'ndcg') => measured(own, metric);
      const count = own[0]?.asked.users.length ?? 0;
      return { domain, users: count, measured: { recall: of('recall'), ndcg: of('ndcg') } };
    }),
  };
}

function measured(users: readonly RankedUsers[], metric: 'recall' | 'ndcg'): Measured {
  const mean = (ranksOf: (one: RankedUsers) => readonly number[]) => {
    const all = users.flatMap((one) =>
      rankInfluence(one.asked.users, ranksOf(one), [10]).filter((own) => own.metric === metric),
    );
    const found = meanInfluence(all);
    if (found === undefined) throw new AppError('internal', 'A line without users was read.');
    return found;
  };
  const own = mean(({ answers }) => answers.ranks);
  const masked = mean(({ answers }) => answers.otherRanks ?? []);
  return { value: own.value, standardError: influenceError(own), masked: masked.value };
}

/** Of all lines, or one, to a reference. */
function differences(
  users: readonly RankedUsers[],
  label: string | null,
  reference: string,
): TableDifference[] {
  const wanted = users.filter(
    ({ answers }) => label === null || [label, reference].includes(answers.model),
  );
  const asked = new Map(wanted.map((one) => [one.asked.key, one.asked]));
  const run = { asked: [...asked.values()], models: wanted.map(({ answers }) => answers) };
  const rows = differencesTo(run, reference);
  // Of several seeds the mean, of one that.
  const means = rows.filter(({ seed, seeds, model, evalDomain }) => {
    if (seed === null) return seeds > 1;
    return !rows.some(
      (row) => row.seed === null && row.model === model && row.evalDomain === evalDomain,
    );
  });
  const firsts = means.filter(({ metric }) => metric === 'recall');
  return firsts.flatMap((recall) => {
    const { model, evalDomain: domain } = recall;
    const ndcg = means.find(
      (row) => row.metric === 'ndcg' && row.model === model && row.evalDomain === domain,
    );
    if (ndcg === undefined) return [];
    const of = ({ difference, standardError, low, high }: typeof recall) => {
      return { difference, standardError, low, high };
    };
    return [{ label: model, reference, domain, paired: { recall: of(recall), ndcg: of(ndcg) } }];
  });
}

/** All lines answered the same users about the same items. */
function checkUsers(all: readonly RankedUsers[]): void {
  const first = new Map<string, string>();
  for (const { asked, answers } of all) {
    const pairs = asked.users.map((user, at) => `${user} ${asked.items[at] ?? ''}`);
    const own = pairs.sort().join('\n');
    const other = first.get(asked.domain) ?? own;
    first.set(asked.domain, own);
    if (other === own) continue;
    const message = `"${answers.model}" was asked by other users of ${asked.domain} than the lines before.`;
    throw new AppError('data-invalid', message, {
      hint: 'Nothing was written. Give all documents one test window, filter and maxUsers.',
    });
  }
}
