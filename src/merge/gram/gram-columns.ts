import type {
  BlockStep,
  PassTable,
  RangeSums,
  SumPass,
  SumSpec,
  SumValues,
  WritePass,
} from '../range-form.ts';
import { columnSection } from '../row-map.ts';
import type { GramMatrix } from './gram.ts';
import { pairAt, pairCount } from './pairs.ts';

/** Blocks of a matrix whose columns are the vectors. */
interface ColumnForm {
  readonly operands: readonly number[];
  readonly origin: number | null;
  /** Columns. */
  readonly width: number;
}

/** Two passes over vectors along the first axis: products of every column, then their combination. */
export function* columnPasses(
  { operands, origin, width }: ColumnForm,
  coefficientsOf: (gram: GramMatrix) => readonly number[],
): Generator<SumPass, WritePass, RangeSums> {
  const size = operands.length;
  const [zero, relative] = [{ block: origin ?? 0 }, origin === null ? 0 : 1];
  const section = columnSection(width);
  const place = ['count', 'within', width] as const;
  const pairs = operands.flatMap((a, i) =>
    operands.slice(i).map((b, step) => ({ name: `products ${pairAt(size, i, i + step)}`, a, b })),
  );
  const sums = yield {
    ...{ kind: 'sum', section },
    sums: Object.fromEntries(
      pairs.map(({ name }): [string, SumSpec] => [
        name,
        { type: 'f64', length: width, per: 'tensor' },
      ]),
    ),
    steps: pairs.map(({ name, a, b }): BlockStep => ({
      kernel: 'range_gram_columns',
      arguments: [{ sums: name }, { block: a }, { block: b }, zero, relative, ...place],
    })),
  };
  const products = Array.from(
    { length: pairCount(size) },
    (_, pair): SumValues => sums[`products ${pair}`] ?? new Float64Array(),
  );
  const tables = operands.map(() => new Float64Array(width));
  for (let column = 0; column < width; column++) {
    const at = (i: number, j: number): number =>
      products[pairAt(size, Math.min(i, j), Math.max(i, j))]?.[column] ?? Number.NaN;
    coefficientsOf({ size, at }).forEach((value, k) => {
      const table = tables[k];
      if (table !== undefined) table[column] = value;
    });
  }
  const target = Math.max(...operands, origin ?? 0) + 1;
  const steps = operands.map((block, k): BlockStep => {
    const isLast = k === size - 1 && origin !== null;
    const start = isLast ? ADD_TARGET_AND_ORIGIN : k > 0 ? ADD_TARGET : 0;
    return {
      kernel: 'range_add_columns',
      arguments: [
        ...[{ block: target }, { block }, zero, { table: `coefficients ${k}` }],
        ...[relative, start, ...place],
      ],
    };
  });
  return {
    ...{ kind: 'write', section, result: target, scratch: 1, steps },
    tables: Object.fromEntries(
      tables.map((values, k): [string, PassTable] => [`coefficients ${k}`, { values }]),
    ),
  };
}

const ADD_TARGET = 1;
const ADD_TARGET_AND_ORIGIN = 2;
