import type { BeamTree } from '../../rec/semantic-ids/beam-tree.ts';

/** What the scores of a list are, in the reader's words. */
export interface ScoreMeaning {
  /** "log p": the head of their column. */
  readonly title: string;
  readonly told: string;
  readonly best: 'highest' | 'lowest';
}

export interface RecommendedItem {
  readonly item: number;
  readonly score: number;
}

/** A text that a model wrote, and the items that it was taken for. */
export interface Draw {
  readonly text: string;
  /** How often it was drawn. */
  readonly times: number;
  /** Nearest first. */
  readonly nearest: readonly { readonly item: number; readonly similarity: number }[];
}

/** Why a list is as it is, in the form that a view can draw. */
export type Reason =
  | { readonly shape: 'tree'; readonly tree: BeamTree }
  | { readonly shape: 'draws'; readonly draws: readonly Draw[] };

/** What a model recommends to one customer. */
export interface Recommendation {
  readonly score: ScoreMeaning;
  /** Best first; what the customer took before is left out where the evaluation leaves it out. */
  readonly items: readonly RecommendedItem[];
  /** 1-based place of the first item that was taken next; 0: in no place that counts; null: unknown. */
  readonly rank: number | null;
  readonly reason: Reason | null;
}

/** Someone whose next item is asked for. */
export interface Customer {
  /** What the data call the customer. */
  readonly id: string;
  /** What the models read, oldest first. */
  readonly history: readonly number[];
  /** What was taken next. */
  readonly taken: readonly number[];
}

/** Items and customers of one domain. */
export interface Catalogue {
  /** By item; '' for a number that is no item of this domain. */
  readonly titles: readonly string[];
  readonly customers: readonly Customer[];
  /** How many customers the test has. */
  readonly outOf: number;
  /** Items of the longest history that a model reads; null where a customer brings fixed candidates. */
  readonly longest: number | null;
}

/** One of the catalogue's customers by place, or a history that somebody typed. */
export type AskedCustomer = { readonly at: number } | { readonly history: readonly number[] };
