import type { Recipe, Settings, SliceRecipe } from '../recipe/recipe.ts';
import type { Inventory } from './checkpoint.ts';
import { depthOf, inLayer, isBeforeLayers, layerPlace, stacksOf } from './tensor-names.ts';

/** One model's share in a tensor of the result. */
export interface SlotSource {
  readonly reference: string;
  /** Name of the tensor in that model. */
  readonly tensor: string;
  /** Parameters that the recipe gives this model. */
  readonly settings: Settings;
}

/** A tensor of the result and the tensors it may be made of. */
export interface MergeSlot {
  readonly name: string;
  /** Depth, 0…1. */
  readonly t: number;
  readonly base: string | null;
  readonly slice: Settings | null;
  readonly sources: readonly SlotSource[];
}

export interface Slots {
  readonly slots: readonly MergeSlot[];
  /** Layers of the result, where the recipe changes their number. */
  readonly layers: number | null;
  readonly faults: readonly string[];
}

type Inventories = ReadonlyMap<string, Inventory>;
const NONE: Settings = new Map();

/** All tensors that any source has, in the order of the first source, those it lacks after them. */
export function slotsOf(recipe: Recipe, inputs: Inventories, addsBase: boolean): Slots {
  const { input, baseModel } = recipe;
  if (input.kind === 'slices') return slicedSlots(recipe, input.slices, inputs);
  const sources = input.models.map(({ model, parameters }) => ({ model, parameters }));
  // mergekit merges a base that is not listed like a model, unless the method knows bases.
  const isListed = sources.some(({ model }) => model === baseModel);
  if (baseModel !== null && addsBase && !isListed) {
    sources.push({ model: baseModel, parameters: NONE });
  }
  const first = baseModel === null ? [] : [baseModel];
  const names = namesOf([...first, ...sources.map(({ model }) => model)], inputs);
  const stacks = stacksOf(names);
  const slots = names.map((name): MergeSlot => {
    const place = layerPlace(name);
    return {
      name,
      t: place === null ? 0 : depthOf(place.layer, stacks.get(place.stack) ?? 1),
      base: baseModel,
      slice: null,
      sources: sources.map(({ model, parameters }) => ({
        reference: model,
        tensor: name,
        settings: parameters,
      })),
    };
  });
  return { slots, layers: null, faults: [] };
}

function namesOf(references: readonly string[], inputs: Inventories): string[] {
  const names = references.flatMap((one) => [...(inputs.get(one)?.tensors.keys() ?? [])]);
  return [...new Set(names)];
}

/** Layers of slices in sequence, renumbered; what precedes and follows them comes from the ends. */
function slicedSlots(recipe: Recipe, slices: readonly SliceRecipe[], inputs: Inventories): Slots {
  const faults: string[] = [];
  const references = slices.flatMap((slice) => slice.sources.map(({ model }) => model));
  const stack = commonStack([...new Set(references)], inputs, faults);
  checkRanges(slices, inputs, stack, faults);
  if (faults.length > 0) return { slots: [], layers: null, faults };
  const slots: MergeSlot[] = [];
  let layers = 0;
  for (const slice of slices) {
    const count = Math.max(...slice.sources.map(({ layerRange: [start, end] }) => end - start));
    for (let index = 0; index < count; index++) {
      slots.push(...layerSlots(recipe, slice, inputs, { stack, index, count, layer: layers }));
      layers += 1;
    }
  }
  const ends = [slices[0], slices.at(-1)] as const;
  const outer = ends.flatMap((slice, end) =>
    slice === undefined ? [] : outerSlots(recipe, slice, inputs, end === 0),
  );
  return { slots: [...outer, ...slots], layers, faults };
}

interface SlicePlace {
  readonly stack: string;
  readonly index: number;
  readonly count: number;
  /** In the result. */
  readonly layer: number;
}

function layerSlots(
  recipe: Recipe,
  slice: SliceRecipe,
  inputs: Inventories,
  { stack, index, count, layer }: SlicePlace,
): MergeSlot[] {
  const rests = slice.sources.flatMap(({ model, layerRange: [start] }) =>
    [...(inputs.get(model)?.tensors.keys() ?? [])].flatMap((name) => {
      const place = layerPlace(name);
      return place?.stack === stack && place.layer === start + index ? [place.rest] : [];
    }),
  );
  return [...new Set(rests)].map((rest) => ({
    name: inLayer({ stack, layer, rest }, layer),
    t: depthOf(index, count),
    base: slice.baseModel ?? recipe.baseModel,
    slice: slice.parameters,
    sources: slice.sources.map(({ model, layerRange: [start], parameters }) => ({
      reference: model,
      tensor: inLayer({ stack, layer, rest }, start + index),
      settings: parameters,
    })),
  }));
}

function outerSlots(
  recipe: Recipe,
  slice: SliceRecipe,
  inputs: Inventories,
  isFirst: boolean,
): MergeSlot[] {
  const names = namesOf(
    slice.sources.map(({ model }) => model),
    inputs,
  );
  return names
    .filter((name) => layerPlace(name) === null && isBeforeLayers(name) === isFirst)
    .map((name) => ({
      name,
      t: 0,
      base: slice.baseModel ?? recipe.baseModel,
      slice: slice.parameters,
      sources: slice.sources.map(({ model, parameters }) => ({
        reference: model,
        tensor: name,
        settings: parameters,
      })),
    }));
}

/** The one stack of layers that all models share. */
function commonStack(references: readonly string[], inputs: Inventories, faults: string[]): string {
  const found = new Set<string>();
  for (const reference of references) {
    const stacks = [...stacksOf(inputs.get(reference)?.tensors.keys() ?? []).keys()];
    if (stacks.length !== 1) {
      const what = stacks.length === 0 ? 'no numbered layers' : `stacks ${stacks.join(', ')}`;
      faults.push(`${reference} has ${what}: slices need exactly one stack of layers.`);
    }
    for (const stack of stacks) found.add(stack);
  }
  if (faults.length === 0 && found.size > 1) {
    faults.push(`The models call their layers differently: ${[...found].join(', ')}.`);
  }
  return [...found][0] ?? '';
}

function checkRanges(
  slices: readonly SliceRecipe[],
  inputs: Inventories,
  stack: string,
  faults: string[],
): void {
  slices.forEach((slice, at) => {
    const counts = slice.sources.map(({ layerRange: [start, end] }) => end - start);
    if (new Set(counts).size > 1) {
      faults.push(`slices[${at}]: its sources have ${counts.join(', ')} layers: must be equal.`);
    }
    slice.sources.forEach(({ model, layerRange }, place) => {
      const layers = stacksOf(inputs.get(model)?.tensors.keys() ?? []).get(stack) ?? 0;
      if (layerRange[1] <= layers) return;
      faults.push(`slices[${at}].sources[${place}]: ${model} has ${layers} layers only.`);
    });
  });
}

/** What a method takes of a slot; the base is a model of its own where the method uses one. */
export function slotOperands(
  { name, sources, base }: MergeSlot,
  usesBase: boolean,
): { readonly models: readonly SlotSource[]; readonly base: SlotSource | null } {
  if (base === null || !usesBase) return { models: sources, base: null };
  const own = sources.find(({ reference }) => reference === base);
  return {
    models: sources.filter(({ reference }) => reference !== base),
    base: own ?? { reference: base, tensor: name, settings: new Map() },
  };
}
