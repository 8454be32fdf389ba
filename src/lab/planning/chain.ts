import { AppError } from '../../core/errors.ts';
import type { Restored } from '../experiment/restored.ts';

/** Θ⁽⁰⁾ where it is a language model. */
export interface PlannedTextBase {
  readonly tokenizer: string;
  readonly languageModel: string;
  /** Tokens of an item's text that it was trained on. */
  readonly textTokens: number;
}

/** Ids of one seed's chain: everything that merges and evaluations refer to. */
export interface Chain {
  readonly seed: number;
  readonly base: string;
  /** null where the base knows no text. */
  readonly text: PlannedTextBase | null;
  /** Per domain. */
  readonly data: ReadonlyMap<string, string>;
  /** Per domain; empty in paradigms without ids. */
  readonly ids: ReadonlyMap<string, string>;
  /** Per domain, then per stage name. */
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A merged checkpoint and where it is evaluated as one of its own contexts. */
export interface PlannedMerge {
  readonly id: string;
  readonly model: string;
  readonly own: readonly {
    readonly domain: string;
    /** Checkpoint whose id rows are restored; null where the model's own rows are right. */
    readonly rows: string | null;
    /** Absent: what the paradigm restores by default. */
    readonly restore?: Restored;
  }[];
}

/** @errors internal when the plan names a domain that the document does not have */
export function idOf(ids: ReadonlyMap<string, string>, domain: string): string {
  const id = ids.get(domain);
  if (id === undefined) throw new AppError('internal', `The plan has no domain "${domain}".`);
  return id;
}
