import { AppError } from '../../../core/errors.ts';
import { elementCount } from '../../../core/layout.ts';
import type { StoredTensor } from '../../../io/import/tensor-reader.ts';
import { isReadable } from '../../../io/safetensors-decode.ts';
import { isAligned, type AlignedTensor, type RangeOperand } from '../../ranges/aligned-tensor.ts';
import { CONVERSION, rangeFormOf } from '../../ranges/form-of-method.ts';
import type { ModelRangeForm, RangeForm } from '../../range-form.ts';
import type { RangeContent } from '../../ranges/range-work.ts';
import { alignedTensors } from './aligned-rows.ts';
import { isGlobalPlan, parameterValues, type MergePlan } from '../plan-merge.ts';
import type { Operand, PlannedTensor } from '../planned-tensor.ts';

/** Tensors of a plan that go through in ranges; the others need an executor. */
export class RangeWorks {
  private readonly plan: MergePlan;
  private readonly isGlobal: boolean;
  private readonly forms = new Map<PlannedTensor, RangeForm | null>();
  /** By the recipe's names of models. */
  private readonly rows = new Map<PlannedTensor, Map<string, AlignedTensor>>();
  /** Of a method that looks at all tensors at once, where ranges can. */
  readonly ofModel: ModelRangeForm | null;

  constructor(plan: MergePlan) {
    this.plan = plan;
    this.isGlobal = isGlobalPlan(plan.method, plan.tensors);
    this.ofModel = this.isGlobal ? this.modelForm() : null;
  }

  /** Tensors that a method looks at all at once. */
  get merged(): readonly PlannedTensor[] {
    return this.plan.tensors.filter(({ work }) => work.kind === 'merge');
  }

  /** What passes over the model have found for its tensors. */
  setForms(forms: ReadonlyMap<PlannedTensor, RangeForm>): void {
    for (const [tensor, form] of forms) this.forms.set(tensor, form);
  }

  takes(tensor: PlannedTensor): boolean {
    const { work } = tensor;
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

  /** Tensors that it is read from: of the operands, and of what stands in for their rows. */
  tablesOf(tensor: PlannedTensor): readonly Operand[] {
    return tensor.work.rows ?? this.operandsOf(tensor);
  }

  get taken(): readonly PlannedTensor[] {
    return this.plan.tensors.filter((tensor) => this.takes(tensor));
  }

  /** Those that `takes` finds whose rows are brought to the vocabulary of the result. */
  get aligned(): readonly PlannedTensor[] {
    return this.taken.filter(({ work }) => work.rows !== null);
  }

  /** As `operandsOf`, and how they are read. */
  inputsOf(
    tensor: PlannedTensor,
    stored: (operand: Operand) => StoredTensor,
  ): readonly RangeOperand[] {
    const operands = this.operandsOf(tensor);
    if (tensor.work.rows === null) return operands.map(stored);
    const rows = this.rows.get(tensor) ?? alignedTensors(this.plan, tensor, tensor.work, stored);
    this.rows.set(tensor, rows);
    return operands.map(({ reference }) => {
      const found = rows.get(reference);
      if (found !== undefined) return found;
      throw new AppError('internal', `"${reference}" has no rows for "${tensor.name}".`);
    });
  }

  /** What a pass has found for the padding of an operand. */
  setPadding(tensor: PlannedTensor, reference: string, padding: Float32Array<ArrayBuffer>): void {
    const rows = this.rows.get(tensor);
    const found = rows?.get(reference);
    if (found !== undefined) rows?.set(reference, { ...found, padding });
  }

  contentOf(tensor: PlannedTensor, stored: (operand: Operand) => StoredTensor): RangeContent {
    const operands = this.inputsOf(tensor, stored);
    const [from] = operands;
    if (tensor.work.kind === 'copy' && from !== undefined && !isAligned(from)) {
      const isAsItIs = from.dtype === tensor.dtype || !isReadable(from.dtype);
      if (isAsItIs) return { kind: 'copy', from };
    }
    return { kind: 'merge', form: this.formOf(tensor) ?? CONVERSION, operands };
  }

  private formOf(tensor: PlannedTensor): RangeForm | null {
    const found = this.forms.get(tensor);
    if (found !== undefined) return found;
    const form = this.findForm(tensor);
    this.forms.set(tensor, form);
    return form;
  }

  private findForm({ work }: PlannedTensor): RangeForm | null {
    if (work.kind === 'copy') return null;
    if (this.isGlobal) return this.ofModel === null ? null : unknownYet(this.ofModel);
    const { method } = this.plan;
    const operands = { models: work.models.length, hasBase: work.base !== null };
    return rangeFormOf(method, parameterValues(method, work), operands);
  }

  private modelForm(): ModelRangeForm | null {
    const { merged, plan } = this;
    const [first] = merged;
    if (first?.work.kind !== 'merge') return null;
    // Places in the model are 32-bit numbers.
    const elements = merged.reduce((sum, { shape }) => sum + elementCount(shape) + 64, 0);
    if (elements >= 2 ** 32) return null;
    const { base, models } = first.work;
    const operands = { models: models.length, hasBase: base !== null };
    const values = parameterValues(plan.method, first.work);
    return plan.method.rangesOfModel?.(values, operands) ?? null;
  }
}

/** Until all tensors have been looked at. */
function unknownYet({ operands }: ModelRangeForm): RangeForm {
  const passes = (): never => {
    throw new AppError('internal', 'The whole model has not been looked at.');
  };
  return { operands, passes };
}
