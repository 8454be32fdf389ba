import { RandomStream } from '../../core/rng.ts';
import {
  idsToTextRow,
  idToTextRow,
  targetsOf,
  textsToIdRow,
  textToIdRow,
  type TokenizedItems,
} from './text-rows.ts';
import type { TokenRow } from './token-rows.ts';
import type { TrainingRow } from './training-rows.ts';
import type { DomainData } from '../data/types.ts';

export interface TaskOptions {
  /** Share of the items whose text ↔ id pairs are trained on (LC-Rec: 1, in later stages 0.1). */
  readonly alignment: number;
  /** Beside ids → id one of {ids → title, titles → id} for every target. */
  readonly mixed: boolean;
  readonly history: number;
  readonly maxPositions: number;
  readonly seed: number;
}

/**
 * The rows that LC-Rec trains on beside the plain sequences: alignment of texts with ids, and
 * sequences with titles on one side. All draws come from the seed (the official one of the two
 * sequence forms is unseeded). Its prompts in words are two special tokens here: a small model has
 * neither the positions for them nor the language to profit. Alignment items of later stages are
 * drawn, where the official code takes the first tenth of its file.
 * @source Zheng et al. 2024, arXiv:2311.09049
 */
export function taskRows(
  data: DomainData,
  rows: readonly TrainingRow[],
  items: TokenizedItems,
  { alignment, mixed, history, maxPositions, seed }: TaskOptions,
): TokenRow[] {
  const all = data.itemIds.map((_, item) => item);
  const drawn = new RandomStream(seed, `alignment/${data.domain}`).shuffle(all);
  const aligned = drawn.slice(0, Math.round(alignment * all.length));
  const tasks = aligned.flatMap((item) => [textToIdRow(item, items), idToTextRow(item, items)]);
  if (!mixed) return tasks;
  for (const row of rows) {
    const user = data.userIds[row.user] ?? '';
    for (const { target, history: earlier, position } of targetsOf(row, history)) {
      const name = `sequence form/${data.domain}/${user}/${String(position)}`;
      const form = new RandomStream(seed, name).nextInt(2) === 0 ? idsToTextRow : textsToIdRow;
      tasks.push(form(earlier, target, items, maxPositions));
    }
  }
  return tasks;
}
