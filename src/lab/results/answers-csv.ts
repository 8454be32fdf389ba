import { writeCsv, type CsvCell } from '../../io/csv-write.ts';
import { rankGains } from '../../rec/evaluation/metrics.ts';
import type { Answers, Asked, RankAnswers, RunAnswers, ScoreAnswers } from './answers.ts';
import type { DifferenceRow } from './differences.ts';

const MODEL = [
  'eval_domain',
  'eval_period',
  'split',
  'model',
  'kind',
  'model_id',
  'seed',
  'own',
] as const;

/**
 * Every ranked user of every model: whose turn, what was taken, its rank (0: not in the list) and
 * what that is worth in every metric, percent; null without rankings.
 */
export function usersCsv({ asked, models }: RunAnswers): string | null {
  const ranked = models.filter((one): one is RankAnswers => one.type === 'ranks');
  if (ranked.length === 0) return null;
  const cutoffs = [...new Set(ranked.flatMap((one) => one.cutoffs))].sort((a, b) => a - b);
  const names = rankGains([], cutoffs).map(({ metric, k }) => `${metric}@${String(k)}`);
  const rows = ranked.flatMap((one) => {
    const own = askedBy(one, asked);
    if (own === undefined) return [];
    const gains = rankGains(one.ranks, cutoffs);
    return own.users.map((user, at): CsvCell[] => [
      ...modelCells(one, own),
      ...[user, own.items[at] ?? '', one.ranks[at] ?? 0, one.otherRanks?.[at] ?? null],
      // A cut-off that this model was not measured at has no value.
      ...gains.map((each) => (one.cutoffs.includes(each.k) ? (each.gains[at] ?? 0) : null)),
    ]);
  });
  return writeCsv([...MODEL, 'user', 'target', 'rank', 'other_rank', ...names], rows);
}

/** Every scored impression of every click model, in the order of the test; null without any. */
export function clicksCsv({ asked, models }: RunAnswers): string | null {
  const scored = models.filter((one): one is ScoreAnswers => one.type === 'scores');
  if (scored.length === 0) return null;
  const rows = scored.flatMap((one) => {
    const own = askedBy(one, asked);
    if (own === undefined) return [];
    return own.users.map((user, at): CsvCell[] => [
      ...modelCells(one, own),
      ...[user, at, own.items[at] ?? '', own.labels?.[at] ?? 0, one.scores[at] ?? NaN],
    ]);
  });
  return writeCsv([...MODEL, 'user', 'impression', 'candidate', 'label', 'score'], rows);
}

/** Differences to the reference, one metric of one model on one context a line. */
export function differencesCsv(rows: readonly DifferenceRow[]): string {
  const header = [
    ...['eval_domain', 'eval_period', 'split', 'model', 'kind', 'model_id', 'own', 'seed', 'seeds'],
    ...['reference', 'reference_id', 'metric', 'k', 'difference', 'stderr', 'low_95', 'high_95'],
    ...['n_users', 'n_unpaired'],
  ];
  return writeCsv(
    header,
    rows.map((row) => [
      ...[row.evalDomain, row.evalPeriod, row.split, row.model, row.kind, row.modelId],
      ...[Number(row.own), row.seed, row.seeds, row.reference, row.referenceId],
      ...[row.metric, row.k, row.difference, row.standardError, row.low, row.high],
      ...[row.nUsers, row.unpaired],
    ]),
  );
}

function askedBy({ asked }: Answers, all: readonly Asked[]): Asked | undefined {
  return all.find(({ key }) => key === asked);
}

function modelCells(one: Answers, { domain, period, split }: Asked): CsvCell[] {
  const { model, kind, modelId, seed, own } = one;
  return [domain, period, split, model, kind, modelId, seed, Number(own)];
}
