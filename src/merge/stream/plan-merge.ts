import type { Fault } from '../../core/errors.ts';
import { usesBase } from '../merge-checks.ts';
import type { MergeMethod } from '../method.ts';
import type { ParsedRecipe } from '../recipe/parse-recipe.ts';
import { referencesOf, type Recipe } from '../recipe/recipe.ts';
import { methodById } from '../registry/registry.ts';
import { resolveParameters, type ParameterValues } from '../parameters.ts';
import { chooseTemplate, type ChosenTemplate } from '../folder/chat-template.ts';
import { checkRecipe } from '../recipe/check-recipe.ts';
import { ROW_NAMES_FILE, type Inventory } from './checkpoint.ts';
import { listedOnce } from './models/listed-once.ts';
import { slotsOf } from './merge-slots.ts';
import { noteDifferences } from './models/model-differences.ts';
import { PlannedFaults } from './planned-faults.ts';
import { layerPlace, stacksOf } from './tensor-names.ts';
import { TensorPlanner } from './plan-tensor.ts';
import type { PlannedTensor, PlannedWork } from './planned-tensor.ts';
import { planVocabulary, type PlannedVocabulary } from './plan-vocabulary.ts';
import { planTokens, type ResultTokens } from './tokens/result-tokens.ts';
import { knowsHead, withTokens } from './tokens/token-table.ts';

/** A merge that is known to be possible, made from headers alone. */
export interface MergePlan {
  readonly recipe: Recipe;
  readonly method: MergeMethod;
  readonly tensors: readonly PlannedTensor[];
  /** Model whose configuration and other files the result takes over. */
  readonly primary: string;
  readonly vocabulary: PlannedVocabulary | null;
  /** Rows of the embedding; null where there is none. */
  readonly embeddingRows: number | null;
  /** Layers, where they are not the primary's. */
  readonly layers: number | null;
  /** True where head and embedding are one matrix in every input. */
  readonly isTied: boolean;
  /** True where it is known whether the result has a head of its own. */
  readonly knowsHead: boolean;
  readonly tokens: ResultTokens;
  /** Null: whatever the tokenizer has stays. */
  readonly chatTemplate: string | null;
  readonly notes: readonly Fault[];
}

export type PlanResult =
  | { readonly ok: true; readonly plan: MergePlan }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Plans every tensor of the result, or lists everything that stands against it. */
export function planMerge(
  { recipe: written, placeOf, notes }: ParsedRecipe,
  inputs: ReadonlyMap<string, Inventory>,
): PlanResult {
  const method = methodById(written.mergeMethod);
  const faults = new PlannedFaults();
  const found = new PlannedFaults();
  const once = listedOnce(written);
  const { recipe } = once;
  for (const { path, message } of once.notes) found.add(placeOf(path), message);
  for (const { path, message } of once.notes.length === 0 ? [] : checkRecipe(recipe).faults) {
    faults.add(placeOf(path), message);
  }
  const addsBase = !usesBase(method) && method.isMergekit === true;
  const { slots, layers, faults: sliceFaults } = slotsOf(recipe, inputs, addsBase);
  for (const message of sliceFaults) faults.add(placeOf(['slices']), message);
  const vocabulary = planVocabulary(recipe, inputs);
  for (const { path, message } of vocabulary.faults) faults.add(placeOf(path), message);
  for (const { path, message } of vocabulary.notes) found.add(placeOf(path), message);
  const planner = new TensorPlanner(recipe, method, inputs, vocabulary.planned, faults, found);
  const planned = slots.flatMap((slot) => planner.plan(slot));
  const tensors = vocabulary.planned === null ? sameHeight(planned, planner, found) : planned;
  if (tensors.length === 0 && faults.isEmpty) faults.add('tensors', 'Nothing is left to write.');
  checkGaps(tensors, inputs, faults);
  if (faults.isEmpty && isGlobalPlan(method, tensors)) checkShared(tensors, faults);
  const primary = recipe.baseModel ?? slots[0]?.sources[0]?.reference ?? '';
  const lead = inputs.get(primary);
  if (!faults.isEmpty || lead === undefined) return { ok: false, faults: faults.list() };
  const rows = Math.min(...[...planner.tables.values()].map((table) => table.rows));
  const embeddingRows = Number.isFinite(rows) ? rows : null;
  for (const other of inputs.values()) {
    if (other.rowNames === null || other.rowNames === lead.rowNames) continue;
    const what = `names other rows in ${other.reference} than in ${primary}: the tables cannot be merged.`;
    faults.add(ROW_NAMES_FILE, what);
  }
  noteDifferences(lead, inputs, vocabulary.planned === null ? embeddingRows : null, found);
  const tokens = planTokens(
    { primary: lead, inputs, planned: vocabulary.planned, rows: embeddingRows },
    faults,
    found,
  );
  const place = placeOf(['chat_template']);
  const chat = planTemplate(recipe, inputs, tokens);
  for (const message of chat.notes) found.add(place, message);
  for (const message of chat.faults) faults.add(place, message);
  if (!faults.isEmpty) return { ok: false, faults: faults.list() };
  const plan = {
    ...{ recipe: written, method, tensors, primary, layers, embeddingRows, tokens },
    vocabulary: vocabulary.planned,
    isTied: planner.isTied,
    knowsHead: knowsHead({ tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])) }),
    chatTemplate: chat.template,
    notes: [...notes, ...found.list()],
  };
  return { ok: true, plan };
}

/** Layers are numbered without gaps: a rule that skips one in between leaves a model without it. */
function checkGaps(
  tensors: readonly PlannedTensor[],
  inputs: ReadonlyMap<string, Inventory>,
  faults: PlannedFaults,
): void {
  const kept = new Set(tensors.map(({ name }) => layerName(name)));
  for (const [stack, layers] of stacksOf(tensors.map(({ name }) => name))) {
    for (let layer = 0; layer < layers; layer++) {
      const name = `${stack}.${layer}`;
      if (kept.has(name)) continue;
      const isElsewhere = [...inputs.values()].some((input) =>
        [...input.tensors.keys()].some((one) => layerName(one) === name),
      );
      if (!isElsewhere) continue;
      const what = 'Every tensor of this layer is left out, and later ones are not: use slices.';
      faults.add(`tensors "${name}.…"`, what);
    }
  }
}

function layerName(tensor: string): string {
  const place = layerPlace(tensor);
  return place === null ? '' : `${place.stack}.${place.layer}`;
}

/** Without a tokenizer to go by, all tables of tokens end with the shortest. */
function sameHeight(
  tensors: readonly PlannedTensor[],
  { tables }: TensorPlanner,
  notes: PlannedFaults,
): PlannedTensor[] {
  const rows = Math.min(...[...tables.values()].map((table) => table.rows));
  return tensors.map((tensor) => {
    const { name, shape, sizeBytes } = tensor;
    const table = tables.get(name);
    if (table === undefined || table.rows === rows) return tensor;
    const what = `[${shape.join(', ')}]: cut to ${rows} rows, like the shortest table of tokens.`;
    notes.add(`tensor "${name}"`, what);
    const bytes = (sizeBytes / table.rows) * rows;
    return { ...tensor, shape: withTokens(shape, table, rows), sizeBytes: bytes };
  });
}

function planTemplate(
  recipe: Recipe,
  inputs: ReadonlyMap<string, Inventory>,
  { vocabulary }: ResultTokens,
): ChosenTemplate {
  if (recipe.chatTemplate === null) return { template: null, notes: [], faults: [] };
  const templates = referencesOf(recipe).map(
    (reference) => [reference, inputs.get(reference)?.chatTemplate ?? null] as const,
  );
  return chooseTemplate(recipe.chatTemplate, templates, vocabulary);
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
