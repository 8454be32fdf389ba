import type { MergeMethod, RangeOperands } from '../method.ts';
import type { ParameterValues } from '../parameters.ts';
import type { RangeForm } from '../range-form.ts';
import { linearRanges } from './linear-ranges.ts';

/** How a method goes through tensors in ranges; null where it needs them as a whole. */
export function rangeFormOf(
  method: MergeMethod,
  values: ParameterValues,
  operands: RangeOperands,
): RangeForm | null {
  if (method.linear !== undefined) return linearRanges(method.linear(values, operands.models));
  return method.ranges?.(values, operands) ?? null;
}

/** A tensor of one model in another type. */
export const CONVERSION: RangeForm = {
  operands: [0],
  passes: function* () {
    return { kind: 'write', result: 0, steps: [] };
  },
};
