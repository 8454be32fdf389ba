import type { Fault } from '../../core/errors.ts';
import { usesBase } from '../merge-checks.ts';
import type { MergeMethod } from '../method.ts';
import type { ParsedRecipe } from '../recipe/parse-recipe.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { methodById } from '../registry/registry.ts';
import { resolveParameters, type ParameterValues } from '../parameters.ts';
import type { Inventory, JsonObject } from './checkpoint.ts';
import { slotsOf } from './merge-slots.ts';
import { PlannedFaults } from './planned-faults.ts';
import { hasTokenRows } from './tensor-names.ts';
import { TensorPlanner } from './plan-tensor.ts';
import type { PlannedTensor, PlannedWork } from './planned-tensor.ts';
import { planVocabulary, type PlannedVocabulary } from './plan-vocabulary.ts';

/** A merge that is known to be possible, made from headers alone. */
export interface MergePlan {
  readonly recipe: Recipe;
  readonly method: MergeMethod;
  readonly tensors: readonly PlannedTensor[];
  /** Model whose configuration and other files the result takes over. */
  readonly primary: string;
  readonly vocabulary: PlannedVocabulary | null;
  /** Rows of the embedding, where they are not the primary's. */
  readonly embeddingRows: number | null;
  /** Layers, where they are not the primary's. */
  readonly layers: number | null;
  /** True where head and embedding are one matrix in every input. */
  readonly isTied: boolean;
  readonly config: JsonObject | null;
  readonly notes: readonly Fault[];
}

export type PlanResult =
  | { readonly ok: true; readonly plan: MergePlan }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Plans every tensor of the result, or lists everything that stands against it. */
export function planMerge(
  { recipe, placeOf, notes }: ParsedRecipe,
  inputs: ReadonlyMap<string, Inventory>,
): PlanResult {
  const method = methodById(recipe.mergeMethod);
  const faults = new PlannedFaults();
  const found = new PlannedFaults();
  const addsBase = !usesBase(method) && method.isMergekit === true;
  const { slots, layers, faults: sliceFaults } = slotsOf(recipe, inputs, addsBase);
  for (const message of sliceFaults) faults.add(placeOf(['slices']), message);
  const vocabulary = planVocabulary(recipe, inputs);
  for (const { path, message } of vocabulary.faults) faults.add(placeOf(path), message);
  const planner = new TensorPlanner(recipe, method, inputs, vocabulary.planned, faults, found);
  const tensors = slots.flatMap((slot) => planner.plan(slot));
  if (tensors.length === 0 && faults.isEmpty) faults.add('tensors', 'Nothing is left to write.');
  if (faults.isEmpty && isGlobalPlan(method, tensors)) checkShared(tensors, faults);
  if (!faults.isEmpty) return { ok: false, faults: faults.list() };
  const primary = recipe.baseModel ?? slots[0]?.sources[0]?.reference ?? '';
  const plan = {
    ...{ recipe, method, tensors, primary, layers },
    vocabulary: vocabulary.planned,
    embeddingRows: embeddingRows(tensors),
    isTied: planner.isTied,
    config: inputs.get(primary)?.config ?? null,
    notes: [...notes, ...found.list()],
  };
  return { ok: true, plan };
}

/** True where the whole model has to be merged at once. */
export function isGlobalPlan(method: MergeMethod, tensors: readonly PlannedTensor[]): boolean {
  return tensors.some(({ work }) => {
    if (work.kind !== 'merge' || method.isGlobal === undefined) return false;
    return method.isGlobal(parameterValues(method, work));
  });
}

/** Checked parameters of a planned merge. */
export function parameterValues(
  method: MergeMethod,
  { parameters, models }: PlannedWork & { readonly kind: 'merge' },
): ParameterValues {
  return resolveParameters(method.parameters, parameters, models.length);
}

/** Methods that look at all tensors at once have one set of parameters. */
function checkShared(tensors: readonly PlannedTensor[], faults: PlannedFaults): void {
  let shared: string | null = null;
  for (const { name, work } of tensors) {
    if (work.kind !== 'merge') continue;
    const own = JSON.stringify([work.parameters, work.models.length]);
    shared ??= own;
    if (own === shared) continue;
    const message =
      'The method looks at all tensors at once: filters and gradients cannot be used.';
    faults.add(`tensor "${name}"`, message);
    return;
  }
}

function embeddingRows(tensors: readonly PlannedTensor[]): number | null {
  return tensors.find(({ name }) => hasTokenRows(name))?.shape[0] ?? null;
}
