import type { StoredTensor } from '../../../io/import/tensor-reader.ts';
import { isReadable } from '../../../io/safetensors-decode.ts';
import { CONVERSION, rangeFormOf } from '../../ranges/form-of-method.ts';
import type { RangeForm } from '../../range-form.ts';
import type { RangeContent } from '../../ranges/range-work.ts';
import { isGlobalPlan, parameterValues, type MergePlan } from '../plan-merge.ts';
import type { Operand, PlannedTensor } from '../planned-tensor.ts';

/** Tensors of a plan that go through in ranges; the others need an executor. */
export class RangeWorks {
  private readonly plan: MergePlan;
  private readonly isGlobal: boolean;

  constructor(plan: MergePlan) {
    this.plan = plan;
    this.isGlobal = isGlobalPlan(plan.method, plan.tensors);
  }

  takes(tensor: PlannedTensor): boolean {
    const { work } = tensor;
    // Rows of another vocabulary are not where ranges look for them.
    if (work.rows !== null) return false;
    return work.kind === 'copy' || this.formOf(tensor) !== null;
  }

  /** What is read for a tensor that `takes` it, in the order of the form. */
  operandsOf(tensor: PlannedTensor): readonly Operand[] {
    const { work } = tensor;
    if (work.kind === 'copy') return [work.from];
    return (this.formOf(tensor)?.operands ?? []).flatMap((operand) => {
      const found = operand === 'base' ? work.base : work.models[operand];
      return found === null || found === undefined ? [] : [found];
    });
  }

  contentOf(tensor: PlannedTensor, stored: (operand: Operand) => StoredTensor): RangeContent {
    const operands = this.operandsOf(tensor).map(stored);
    const [from] = operands;
    if (tensor.work.kind === 'copy' && from !== undefined) {
      const isAsItIs = from.dtype === tensor.dtype || !isReadable(from.dtype);
      if (isAsItIs) return { kind: 'copy', from };
    }
    return { kind: 'merge', form: this.formOf(tensor) ?? CONVERSION, operands };
  }

  private formOf({ work }: PlannedTensor): RangeForm | null {
    if (work.kind === 'copy' || this.isGlobal) return null;
    const { method } = this.plan;
    const operands = { models: work.models.length, hasBase: work.base !== null };
    return rangeFormOf(method, parameterValues(method, work), operands);
  }
}
