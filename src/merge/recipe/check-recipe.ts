import type { KeyPath } from '../../io/yaml/located-yaml.ts';
import { MERGE_METHODS } from '../registry/registry.ts';
import type { MergeMethod } from '../method.ts';
import type { PathFault } from './checked-value.ts';
import { usesBase } from '../merge-checks.ts';
import { isMergekitParameter, isRequired } from './mergekit-rules.ts';
import { similarName } from './similar-name.ts';
import type { Recipe, Settings, SourceRecipe } from './recipe.ts';

export interface RecipeCheck {
  readonly faults: readonly PathFault[];
  readonly notes: readonly PathFault[];
}

/** Checks a recipe against the method it names; values are checked when the tensors are known. */
export function checkRecipe(recipe: Recipe): RecipeCheck {
  const method = MERGE_METHODS.find(({ id }) => id === recipe.mergeMethod);
  if (method === undefined) {
    const known = MERGE_METHODS.map(({ id }) => id);
    const similar = similarName(recipe.mergeMethod, known);
    const meant = similar === null ? '' : ` Did you mean ${similar}?`;
    const message = `There is no merge method "${recipe.mergeMethod}".${meant} Known are ${known.join(', ')}.`;
    return { faults: [{ path: ['merge_method'], message }], notes: [] };
  }
  if (method.needs !== undefined && method.needs.length > 0) {
    const message = `${method.id} needs statistics of training data, which files do not hold.`;
    return { faults: [{ path: ['merge_method'], message }], notes: [] };
  }
  const names = checkNames(recipe, method);
  return {
    faults: [...names.faults, ...checkModels(recipe, method), ...checkRules(recipe)],
    notes: names.notes,
  };
}

function checkNames(recipe: Recipe, method: MergeMethod): RecipeCheck {
  const faults: PathFault[] = [];
  const notes: PathFault[] = [];
  for (const { settings, path, isSource } of settingsOf(recipe)) {
    for (const name of settings.keys()) {
      const place = [...path, name];
      const definition = method.parameters.find((parameter) => parameter.name === name);
      if (definition === undefined) {
        if (isMergekitParameter(name)) {
          notes.push({ path: place, message: `${method.id} does not use it.` });
          continue;
        }
        const known = method.parameters.map((parameter) => parameter.name);
        const similar = similarName(name, known);
        const meant = similar === null ? '' : ` Did you mean ${similar}?`;
        const has = known.length === 0 ? 'none' : known.join(', ');
        const message = `Unknown parameter; ${method.id} has ${has}.${meant}`;
        faults.push({ path: place, message });
      } else if (isSource && !(definition.kind === 'number' && definition.perModel)) {
        const message = `${name} belongs to the merge, not to one model: give it above.`;
        faults.push({ path: place, message });
      }
    }
  }
  return { faults, notes };
}

function checkModels(recipe: Recipe, method: MergeMethod): PathFault[] {
  const faults: PathFault[] = [];
  const groups =
    recipe.input.kind === 'models'
      ? [{ sources: recipe.input.models, path: ['models'] as KeyPath, base: recipe.baseModel }]
      : recipe.input.slices.map((slice, index) => ({
          sources: slice.sources,
          path: ['slices', index] as KeyPath,
          base: slice.baseModel ?? recipe.baseModel,
        }));
  for (const { sources, path, base } of groups) {
    if (method.needsBase && base === null) {
      const message = `${method.id} needs base_model: the model the others were trained from.`;
      faults.push({ path: recipe.input.kind === 'models' ? ['base_model'] : path, message });
    }
    const isListed = sources.some(({ model }) => model === base);
    if (recipe.input.kind === 'slices' && base !== null && usesBase(method) && !isListed) {
      const message = `Lacks a source of the base "${base}": which of its layers belong here?`;
      faults.push({ path, message });
    }
    const count = mergedCount(sources, method, base, recipe.input.kind === 'models');
    const { min, max } = method.models;
    if (count < min || count > max) {
      const wanted = min === max ? `${min}` : `${min} to ${max}`;
      const besides = usesBase(method) && base !== null ? ' besides the base' : '';
      const message = `${method.id} merges ${wanted} model${max === 1 ? '' : 's'}${besides}, not ${count}.`;
      faults.push({ path, message });
    }
  }
  return faults;
}

/** Models of a merge: all but the base where the method has one, else with it. */
function mergedCount(
  sources: readonly SourceRecipe[],
  method: MergeMethod,
  base: string | null,
  isWhole: boolean,
): number {
  if (usesBase(method)) return sources.filter(({ model }) => model !== base).length;
  const isAdded =
    isWhole &&
    method.isMergekit === true &&
    base !== null &&
    !sources.some(({ model }) => model === base);
  return sources.length + (isAdded ? 1 : 0);
}

function checkRules(recipe: Recipe): PathFault[] {
  return recipe.tensors.flatMap(({ action }, index): PathFault[] => {
    const path = ['tensors', index, 'rule'];
    if (action.kind === 'base' && recipe.baseModel === null) {
      return [{ path, message: 'There is no base_model to copy from.' }];
    }
    if (action.kind !== 'model') return [];
    const counts =
      recipe.input.kind === 'models'
        ? [recipe.input.models.length]
        : recipe.input.slices.map(({ sources }) => sources.length);
    const least = Math.min(...counts);
    if (action.index < least) return [];
    return [{ path, message: `There are ${least} models, counted from 0.` }];
  });
}

/** Names of parameters that the method needs and no scope of a source could give. */
export function missingParameter(method: MergeMethod, name: string): string | null {
  if (!isRequired(method.id, name)) return null;
  return `${method.id} needs "${name}" here: neither the model nor the merge gives it.`;
}

interface LocatedSettings {
  readonly settings: Settings;
  readonly path: KeyPath;
  readonly isSource: boolean;
}

function settingsOf({ parameters, input }: Recipe): LocatedSettings[] {
  const global = { settings: parameters, path: ['parameters'], isSource: false };
  if (input.kind === 'models') {
    const models = input.models.map((model, index) => ({
      settings: model.parameters,
      path: ['models', index, 'parameters'],
      isSource: true,
    }));
    return [global, ...models];
  }
  const slices = input.slices.flatMap((slice, index) => [
    { settings: slice.parameters, path: ['slices', index, 'parameters'], isSource: false },
    ...slice.sources.map((source, place) => ({
      settings: source.parameters,
      path: ['slices', index, 'sources', place, 'parameters'],
      isSource: true,
    })),
  ]);
  return [global, ...slices];
}
