import { AppError } from '../../core/errors.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import { isReadable } from '../../io/safetensors-decode.ts';
import type { StoredTensor } from '../../io/import/tensor-reader.ts';
import { rowsOfMap, type RowMap } from '../row-map.ts';
import type { GatheredInput } from './range-task.ts';

/** A matrix whose rows are gathered from tables: an operand in another vocabulary. */
export interface AlignedTensor {
  /** What rows of tables with several types, and means of them, are. */
  readonly dtype: 'F32';
  readonly map: RowMap;
  readonly width: number;
  readonly tables: readonly StoredTensor[];
  /** The row that padding takes; null where it is not known yet, or there is none. */
  readonly padding: Float32Array<ArrayBuffer> | null;
}

/** What an operand of a range is read from. */
export type RangeOperand = StoredTensor | AlignedTensor;

export function isAligned(operand: RangeOperand): operand is AlignedTensor {
  return 'map' in operand;
}

/**
 * What a lane needs to gather elements [first, first + count) of the matrix: the picks of these
 * rows only, since they are sent with every range.
 */
export function gatheredInput(
  { map, width, tables, padding }: AlignedTensor,
  [first, count]: readonly [number, number],
  fileOf: (source: ByteSource) => number,
): GatheredInput {
  const from = Math.floor(first / width);
  const end = Math.ceil((first + count) / width);
  const rows = map.ends.length;
  return {
    dtype: 'F32',
    gathered: {
      width,
      firstRow: from,
      map: rowsOfMap(map, Math.min(from, rows), Math.min(end, rows)),
      tables: tables.map(({ source, start, dtype }) => {
        if (!isReadable(dtype))
          throw new AppError('internal', `Rows of type ${dtype} are no numbers.`);
        return { file: fileOf(source), position: start, dtype };
      }),
      padding: end > rows ? padding : null,
    },
  };
}
