import { writeCsv } from '../../io/csv-write.ts';
import type { TrainingChoice } from '../../rec/training/epoch-choice.ts';

const HEADER = ['job', 'epoch', 'measure', 'value', 'kept', 'averaged', 'planned_epochs'] as const;

/**
 * Validation after every epoch of every training that chose one, epoch 0 before the first: what a
 * reader needs to see that the choice is the lowest. Losses are means, of click models log loss.
 */
export function choicesCsv(
  choices: readonly (TrainingChoice & { readonly title: string })[],
): string {
  return writeCsv(
    HEADER,
    choices.flatMap(({ title, values, epoch: kept, averaged, planned, isHighest }) =>
      values.map((value, epoch) => {
        const isKept = epoch === kept;
        const measure = isHighest === true ? 'ndcg@10' : 'loss';
        return [title, epoch, measure, value, isKept ? 1 : 0, isKept ? averaged : '', planned];
      }),
    ),
  );
}
