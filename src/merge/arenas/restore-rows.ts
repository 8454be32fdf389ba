import { AppError } from '../../core/errors.ts';
import type { ParameterLayout, TensorEntry } from '../../core/layout.ts';

/** Tensors that hold one row a token; a tied model has only the first. */
export const TOKEN_TENSORS = ['model.embed_tokens.weight', 'lm_head.weight'] as const;

/** Which rows of which tensors: `fromRow` included, `toRow` excluded. */
export interface RowRange {
  /** Those the layout lacks are skipped, as a tied model has no head; at least one must exist. */
  readonly tensors: readonly string[];
  readonly fromRow: number;
  readonly toRow: number;
}

/**
 * A copy of the merged arena with a block of rows taken from `source`: the semantic-id rows of the
 * domain it is evaluated on, since the mean of two domains' codebooks means nothing. Always give
 * the checkpoint as it was trained, never one that a merge has written to.
 * @errors layout-mismatch, invalid-argument (rows outside the tensor, none of the tensors there)
 */
export function restoreRows(
  merged: Float32Array,
  layout: ParameterLayout,
  source: Float32Array,
  range: RowRange,
): Float32Array<ArrayBuffer> {
  if (merged.length !== layout.length || source.length !== layout.length) {
    throw new AppError('layout-mismatch', 'The arenas do not have the length of the layout.');
  }
  const restored = new Float32Array(merged);
  for (const { offset, length } of rowSpans(layout, range)) {
    restored.set(source.subarray(offset, offset + length), offset);
  }
  return restored;
}

/** Where a range of rows lies in an arena. @errors invalid-argument as `restoreRows` */
export function rowSpans(
  layout: ParameterLayout,
  range: RowRange,
): { readonly offset: number; readonly length: number }[] {
  const entries = layout.entries.filter((entry) => range.tensors.includes(entry.name));
  if (entries.length === 0) {
    const names = range.tensors.map((name) => `"${name}"`).join(', ');
    throw new AppError('invalid-argument', `The model has none of the tensors ${names}.`);
  }
  return entries.flatMap((entry) => {
    const width = rowWidth(entry, range);
    const length = (range.toRow - range.fromRow) * width;
    return length === 0 ? [] : [{ offset: entry.offset + range.fromRow * width, length }];
  });
}

function rowWidth(entry: TensorEntry, { fromRow, toRow }: RowRange): number {
  const [rows = 0] = entry.shape;
  const isRange = Number.isInteger(fromRow) && Number.isInteger(toRow);
  if (!isRange || fromRow < 0 || fromRow > toRow || toRow > rows) {
    throw new AppError(
      'invalid-argument',
      `Rows ${fromRow}…${toRow} are not in tensor "${entry.name}" of ${rows} rows.`,
    );
  }
  return rows === 0 ? 0 : entry.size / rows;
}
