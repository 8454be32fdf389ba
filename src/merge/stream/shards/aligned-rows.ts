import type { StoredTensor } from '../../../io/import/tensor-reader.ts';
import { alignRows } from '../../align-vocabulary.ts';
import type { AlignedTensor } from '../../ranges/aligned-tensor.ts';
import { ownModels, planAlignment } from '../align-operands.ts';
import type { MergePlan } from '../plan-merge.ts';
import type { Operand, PlannedTensor, PlannedWork } from '../planned-tensor.ts';

/** The operands of an embedding in the vocabulary of the result, by model, to be gathered by rows. */
export function alignedTensors(
  plan: MergePlan,
  tensor: PlannedTensor,
  work: PlannedWork,
  stored: (operand: Operand) => StoredTensor,
): Map<string, AlignedTensor> {
  const shapeOf = (operand: Operand): readonly number[] => stored(operand).shape;
  const own = ownModels(work);
  const { request, operands, sizes } = planAlignment(plan, tensor, work.rows ?? [], own, shapeOf);
  const { tables: models, maps, width } = alignRows(request, sizes);
  const tables = models.flatMap((model) => {
    const operand = operands.get(model);
    return operand === undefined ? [] : [stored(operand)];
  });
  const aligned = [...maps].map(([model, map]): [string, AlignedTensor] => [
    model,
    { dtype: 'F32', map, width, tables, padding: null },
  ]);
  return new Map(aligned);
}
