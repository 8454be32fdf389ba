import { AppError } from '../../core/errors.ts';
import type { BehaviourRows } from '../../nn/behaviour-model/behaviour-inputs.ts';
import type { BehaviourTables } from '../../nn/behaviour-model/behaviour-layout.ts';
import { rowSegments } from '../../nn/inputs/spans.ts';
import type { BehaviourVocabulary, VocabularyNames } from './behaviour-types.ts';

/** Row lengths are multiples of it, so that few shapes are compiled. */
const LENGTH_STEP = 8;

/**
 * Positions of rows that hold `longest` items: a multiple of 8, but not beyond `limit`.
 * @param limit positions that no row exceeds, those of the model for one
 */
export function rowLength(longest: number, limit: number): number {
  return Math.max(longest, Math.min(limit, Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP));
}

/**
 * Items and their side features in B rows of T positions, row-major; 0 after the end of a row.
 * @param lists items of each row, oldest first; rows without a list stay empty
 */
export function behaviourRows(
  lists: readonly (readonly number[])[],
  { B, T }: { readonly B: number; readonly T: number },
  vocabulary: BehaviourVocabulary,
): BehaviourRows {
  const items = new Uint32Array(B * T);
  lists.forEach((list, row) => {
    items.set(list, row * T);
  });
  const features = vocabulary.features.map(({ name, ofItem }) => [
    name,
    items.map((item) => ofItem[item] ?? 0),
  ]);
  return {
    B,
    T,
    items,
    features: Object.fromEntries(features) as Record<string, Uint32Array>,
    segments: rowSegments(
      lists.map(({ length }) => length),
      T,
    ),
  };
}

/**
 * A model reads the rows of one vocabulary only.
 * @errors layout-mismatch where the sizes of tables or the names of features differ
 */
export function checkVocabulary(
  config: Pick<BehaviourTables, 'items' | 'features'>,
  vocabulary: VocabularyNames,
): void {
  const sizesOf = (items: number, features: readonly (readonly [string, number])[]) =>
    [
      `${String(items)} items`,
      ...features.map(([name, size]) => `${name} of ${String(size)}`),
    ].join(', ');
  const model = sizesOf(
    config.items,
    config.features.map(({ name, values }) => [name, values]),
  );
  const data = sizesOf(
    vocabulary.items.length,
    vocabulary.features.map(({ name, values }) => [name, values.length]),
  );
  if (model === data) return;
  throw new AppError('layout-mismatch', `The model has ${model}; the data have ${data}.`, {
    hint: 'Align the checkpoint with the vocabulary of these data first. Nothing was started.',
  });
}
