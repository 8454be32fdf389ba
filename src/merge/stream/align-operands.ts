import { AppError } from '../../core/errors.ts';
import { elementCount } from '../../core/layout.ts';
import type { AlignmentRequest, TableSize, Vocabulary } from '../align-vocabulary.ts';
import type { MergePlan } from './plan-merge.ts';
import type { Operand, PlannedTensor, PlannedWork } from './planned-tensor.ts';

/** What bringing the operands of one embedding to the result's vocabulary takes. */
export interface Alignment {
  readonly request: AlignmentRequest;
  /** By the recipe's name of the model. */
  readonly operands: ReadonlyMap<string, Operand>;
  readonly sizes: ReadonlyMap<string, TableSize>;
  /** All matrices before and after, as f32. */
  readonly bytes: number;
}

/**
 * Operands of an embedding by model, and what their rows mean.
 * @param own models that are merged or copied; others among `rows` only stand in
 */
export function planAlignment(
  plan: MergePlan,
  { name, shape }: PlannedTensor,
  rows: readonly Operand[],
  own: ReadonlySet<string>,
  shapeOf: (operand: Operand) => readonly number[],
): Alignment {
  const { vocabulary } = plan;
  if (vocabulary === null) throw new AppError('internal', `"${name}" has no vocabulary.`);
  const width = elementCount(shape) / vocabulary.rows;
  const operands = new Map(rows.map((operand) => [operand.reference, operand]));
  const sizes = new Map<string, TableSize>();
  let elements = 0;
  for (const [reference, operand] of operands) {
    const before = elementCount(shapeOf(operand));
    sizes.set(reference, { rows: before / width, width });
    elements += before + elementCount(shape);
  }
  const base = plan.recipe.baseModel;
  const request = {
    output: vocabulary.output,
    vocabularies: standIns(vocabulary, [...operands.keys()], own),
    base: base !== null && operands.has(base) ? base : null,
    tokens: vocabulary.rules,
    padToMultipleOf: vocabulary.padToMultipleOf,
  };
  return { request, operands, sizes, bytes: elements * 4 };
}

/** Models that a tensor is made of; others only stand in for tokens. */
export function ownModels(work: PlannedWork): ReadonlySet<string> {
  if (work.kind === 'copy') return new Set([work.from.reference]);
  const merged = [...(work.base === null ? [] : [work.base]), ...work.models];
  return new Set(merged.map(({ reference }) => reference));
}

/**
 * The vocabularies by which rows are found. A model that is not merged itself has only the tokens
 * that none of the others has, and those that a rule takes from it.
 */
function standIns(
  { vocabularies, rules }: NonNullable<MergePlan['vocabulary']>,
  references: readonly string[],
  own: ReadonlySet<string>,
): ReadonlyMap<string, Vocabulary> {
  const none: Vocabulary = new Map();
  const merged = [...own].map((reference) => vocabularies.get(reference) ?? none);
  const asked = new Set(
    [...rules].flatMap(([token, { source }]) => {
      if (source.kind === 'zero') return [];
      const named = source.kind === 'model_token' && 'token' in source ? source.token : token;
      return [`${source.model}\n${named}`];
    }),
  );
  return new Map(
    references.map((reference): [string, Vocabulary] => {
      const vocabulary = vocabularies.get(reference) ?? none;
      if (own.has(reference)) return [reference, vocabulary];
      const needed = [...vocabulary].filter(
        ([token]) =>
          asked.has(`${reference}\n${token}`) || !merged.some((other) => other.has(token)),
      );
      return [reference, new Map(needed)];
    }),
  );
}
