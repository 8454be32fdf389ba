import { AppError } from '../../core/errors.ts';
import type { AlignmentRequest, Vocabulary } from '../align-vocabulary.ts';
import type { MergePlan } from './plan-merge.ts';
import type { Operand, PlannedTensor, PlannedWork } from './planned-tensor.ts';

/** What bringing the operands of one embedding to the result's vocabulary takes. */
export interface Alignment {
  readonly request: AlignmentRequest;
  /** By the recipe's name of the model. */
  readonly operands: ReadonlyMap<string, Operand>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly width: number;
  /** All matrices before and after, as f32. */
  readonly bytes: number;
}

/** Operands of an embedding by model, and what their rows mean. */
export function planAlignment(
  plan: MergePlan,
  { name, shape }: PlannedTensor,
  work: PlannedWork & { readonly kind: 'merge' },
  shapeOf: (operand: Operand) => readonly number[],
): Alignment {
  const { vocabulary } = plan;
  const [rows = 0, width = 0] = shape;
  if (vocabulary === null) throw new AppError('internal', `"${name}" has no vocabulary.`);
  const all = [...(work.base === null ? [] : [work.base]), ...work.models];
  const operands = new Map(all.map((operand) => [operand.reference, operand]));
  for (const { source } of vocabulary.rules.values()) {
    // A model that only gives rows to others takes part in reading, not in merging.
    if (source.kind === 'zero' || operands.has(source.model)) continue;
    operands.set(source.model, { reference: source.model, tensor: name });
  }
  const vocabularies = new Map<string, Vocabulary>();
  const shapes = new Map<string, readonly number[]>();
  let elements = 0;
  for (const [reference, operand] of operands) {
    vocabularies.set(reference, vocabulary.vocabularies.get(reference) ?? new Map());
    const own = shapeOf(operand);
    shapes.set(reference, own);
    elements += (own[0] ?? 0) * width + rows * width;
  }
  const base = plan.recipe.baseModel;
  const request = {
    output: vocabulary.output,
    vocabularies,
    base: base !== null && operands.has(base) ? base : null,
    tokens: vocabulary.rules,
    padToMultipleOf: vocabulary.padToMultipleOf,
  };
  return { request, operands, shapes, width, bytes: elements * 4 };
}
