import type { ParameterValues } from '../parameters.ts';
import type { RangeForm, RangeSums, SumPass, SumValues, WritePass } from '../range-form.ts';
import { columnPasses } from './gram-columns.ts';
import { combinationSteps } from '../ranges/linear-ranges.ts';
import type { GramForm, GramMatrix } from './gram.ts';
import type { GramRule, Operands } from './gram-rule.ts';
import { pairAt, pairCount } from './pairs.ts';

const PRODUCTS = 'products';
const COEFFICIENTS = 'coefficients';

/**
 * A method with a rule in two passes: products of all pairs of operands, then their combination.
 * Rows are sections; products of columns are added up side by side.
 * @numeric |G − exact| <= 1e-12 √(G_ii G_jj): everything in float64; the same bits however it is cut
 */
export function gramRanges(rule: GramRule, values: ParameterValues, given: Operands): RangeForm {
  const form = rule.form(values, given);
  const blocks = [...new Set([...form.operands, ...(form.origin === null ? [] : [form.origin])])];
  const isByRow = form.unit === 'row';
  const block = (k: number): number => blocks.indexOf(form.operands[k] ?? 0);
  const origin = form.origin === null ? null : blocks.indexOf(form.origin);
  const size = form.operands.length;
  return {
    operands: blocks,
    passes: function* ({ name, shape, elements }) {
      if (form.unit === 'column') {
        const width = elements / Math.max(1, shape[0] ?? 1);
        const find = (gram: GramMatrix) => rule.coefficients(gram, values, given, name).values;
        return yield* columnPasses(
          { operands: form.operands.map((_, k) => block(k)), origin, width },
          find,
        );
      }
      const section = isByRow ? { section: Math.max(1, shape.at(-1) ?? 1) } : {};
      const sums: RangeSums = yield { ...productPass(form, block, origin), ...section };
      const products = sums[PRODUCTS] ?? new Float64Array();
      const coefficients = (vector: number): readonly number[] => {
        const gram = matrixOf(products, size, vector);
        return rule.coefficients(gram, values, given, name).values;
      };
      const combine = (coefficient: (k: number) => Coefficient): WritePass => {
        const terms = form.operands.map((_, k) => ({
          block: block(k),
          coefficient: coefficient(k),
        }));
        const target = blocks.length;
        const steps = combinationSteps({ target, terms, origin });
        return { kind: 'write', result: target, scratch: 1, steps };
      };
      if (!isByRow) {
        const found = coefficients(0);
        return combine((k) => found[k] ?? Number.NaN);
      }
      const rows = products.length / pairCount(size);
      const table = new Float64Array(rows * size);
      for (let row = 0; row < rows; row++) table.set(coefficients(row), row * size);
      return {
        ...combine((at) => ({ value: COEFFICIENTS, at })),
        ...section,
        tables: { [COEFFICIENTS]: { values: table, perSection: size } },
      };
    },
  };
}

type Coefficient = number | { readonly value: string; readonly at: number };

function productPass(
  { operands, unit }: GramForm,
  block: (k: number) => number,
  origin: number | null,
): SumPass {
  const size = operands.length;
  const steps = operands.flatMap((_, i) =>
    operands.slice(i).map((__, step) => ({
      kernel: 'range_gram',
      arguments: [
        { sums: PRODUCTS, at: pairAt(size, i, i + step) },
        { block: block(i) },
        { block: block(i + step) },
        { block: origin ?? block(i) },
        origin === null ? 0 : 1,
        'count',
      ] as const,
    })),
  );
  const per = unit === 'row' ? 'section' : 'tensor';
  const sums = { [PRODUCTS]: { type: 'f64', length: pairCount(size), per } } as const;
  return { kind: 'sum', sums, steps };
}

function matrixOf(products: SumValues, size: number, vector: number): GramMatrix {
  const first = vector * pairCount(size);
  const at = (i: number, j: number): number =>
    products[first + pairAt(size, Math.min(i, j), Math.max(i, j))] ?? Number.NaN;
  return { size, at };
}
