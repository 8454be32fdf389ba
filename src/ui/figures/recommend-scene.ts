import type { RecommendAnswer } from '../../lab/run/recommendations.ts';
import type { Recommendation, ScoreMeaning } from '../../lab/recommending/recommendation.ts';
import type { RecommendState } from '../state/recommend-state.ts';

/** Against the first list: places up (+) or down (−); null: it was not in that. */
export type Moved = number | null;

export interface ListedTitle {
  readonly title: string;
  readonly score: string;
  /** All digits of the score. */
  readonly told: string;
  readonly isTaken: boolean;
  readonly moved: Moved;
}

/** One model's list. */
export interface RecommendColumn {
  readonly place: 'first' | 'merge' | 'second';
  readonly model: string;
  /** null: the model is not trained yet. */
  readonly titles: readonly ListedTitle[] | null;
  readonly score: ScoreMeaning | null;
  /** Of the first list, those that are not in this one. */
  readonly dropped: readonly string[];
  readonly rank: string;
}

/** The lists side by side; the first is what the others are held against. */
export function recommendColumns(
  { answers, answered, choices }: Pick<RecommendState, 'answers' | 'answered' | 'choices'>,
  live: string | null,
): RecommendColumn[] {
  if (answered === null || choices === null) return [];
  const wanted = [
    { place: 'first', model: answered.first },
    { place: 'merge', model: live ?? answered.merge },
    { place: 'second', model: answered.second },
  ] as const;
  const reference = answerOf(answers, answered.first);
  return wanted.flatMap(({ place, model }) => {
    if (model === null) return [];
    const own = answerOf(answers, model);
    const column = { place, model: place === 'merge' && live !== null ? 'on the slider' : model };
    if (own === undefined) {
      return { ...column, titles: null, score: null, dropped: [], rank: '' };
    }
    const before = place === 'first' ? own : reference;
    const titleOf = (item: number) => choices.titles[item] ?? '';
    const isIn = (item: number) => own.items.some((one) => one.item === item);
    return {
      ...column,
      titles: titlesOf(own, before, answered.taken, titleOf),
      score: own.score,
      dropped: (before?.items ?? []).flatMap(({ item }) => (isIn(item) ? [] : titleOf(item))),
      rank: rankText(own),
    };
  });
}

export function answerOf(
  answers: readonly RecommendAnswer[],
  model: string | null,
): Recommendation | undefined {
  return answers.find((one) => one.model === model)?.recommendation;
}

function titlesOf(
  { items }: Recommendation,
  before: Recommendation | undefined,
  taken: readonly number[],
  titleOf: (item: number) => string,
): ListedTitle[] {
  return items.map(({ item, score }, place) => {
    const was = before?.items.findIndex((one) => one.item === item) ?? place;
    return {
      title: titleOf(item),
      score: scoreText(score),
      told: String(score),
      isTaken: taken.includes(item),
      moved: was < 0 ? null : was - place,
    };
  });
}

/** Three digits after the point: scores of neighbours differ there. */
export function scoreText(score: number): string {
  return score.toFixed(Math.abs(score) >= 100 ? 1 : 3).replace('-', '−');
}

function rankText({ rank, items }: Recommendation): string {
  if (rank === null) return '';
  if (rank === 0) return 'taken next: not in the list';
  const where = rank > items.length ? ', below these' : '';
  return `taken next: place ${String(rank)}${where}`;
}

/** 0.0312 → "3.1 %"; tiny ones keep a digit. */
export function chanceText(p: number): string {
  if (p === 0) return '0 %';
  const percent = 100 * p;
  if (percent < 0.05) return '< 0.1 %';
  return `${percent.toFixed(percent >= 99.95 ? 0 : 1)} %`;
}
