import type { ResultRow } from './results.ts';

/**
 * Who was asked in one evaluation: of rankings a user a place, of click models an impression. Two
 * evaluations with one key asked the same, in the same order.
 */
export interface Asked {
  readonly key: string;
  readonly domain: string;
  readonly period: string;
  readonly split: ResultRow['split'];
  /** Ids of the users; of impressions they repeat. */
  readonly users: readonly string[];
  /** The item that was taken next; of impressions the candidate. */
  readonly items: readonly string[];
  /** Of impressions: whether it was taken. */
  readonly labels?: readonly (0 | 1)[];
}

interface Answering extends Pick<
  ResultRow,
  'modelId' | 'model' | 'kind' | 'recipeHash' | 'seed' | 'own'
> {
  /** Key of who was asked. */
  readonly asked: string;
}

/** 1-based ranks of what was taken, 0 where the list lacks it. */
export interface RankAnswers extends Answering {
  readonly type: 'ranks';
  readonly cutoffs: readonly number[];
  readonly ranks: readonly number[];
  /** With the history left in, or out, where `ranks` is the other. */
  readonly otherRanks?: readonly number[];
}

/** Logits of the impressions, or any score where `isLogit` is false. */
export interface ScoreAnswers extends Answering {
  readonly type: 'scores';
  readonly scores: readonly number[];
  readonly isLogit: boolean;
}

/** What one model said to everyone who was asked in one evaluation. */
export type Answers = RankAnswers | ScoreAnswers;

/** All of a run, in the order of its plan. */
export interface RunAnswers {
  readonly asked: readonly Asked[];
  readonly models: readonly Answers[];
}

export const NO_ANSWERS: RunAnswers = { asked: [], models: [] };

/** Those of one more job; what was there of the same evaluation is replaced. */
export function withAnswers(before: RunAnswers, { asked, models }: RunAnswers): RunAnswers {
  const keys = new Set(asked.map(({ key }) => key));
  const told = new Set(models.map(answersKey));
  return {
    asked: [...before.asked.filter(({ key }) => !keys.has(key)), ...asked],
    models: [...before.models.filter((one) => !told.has(answersKey(one))), ...models],
  };
}

function answersKey({ modelId, model, asked, seed }: Answers): string {
  return JSON.stringify([modelId, model, asked, seed]);
}
