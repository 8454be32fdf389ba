import type { KeyPath } from '../../../io/yaml/located-yaml.ts';
import type { PathFault } from '../../recipe/checked-value.ts';
import type { Recipe, Setting, Settings, SliceSource, SourceRecipe } from '../../recipe/recipe.ts';

export interface ListedOnce {
  readonly recipe: Recipe;
  readonly notes: readonly PathFault[];
}

/**
 * The recipe with every model once. mergekit keeps models by their name, so that one that is listed
 * again adds nothing; each parameter is the first that is given for it.
 */
export function listedOnce(recipe: Recipe): ListedOnce {
  const { input } = recipe;
  if (input.kind === 'models') {
    const { kept, places, notes } = once(input.models, ['models'], ({ model }) => model);
    if (notes.length === 0) return { recipe, notes };
    const tensors = recipe.tensors.map(({ action, ...rule }) =>
      action.kind === 'model'
        ? { ...rule, action: { ...action, index: places[action.index] ?? action.index } }
        : { ...rule, action },
    );
    return { recipe: { ...recipe, input: { kind: 'models', models: kept }, tensors }, notes };
  }
  const all: PathFault[] = [];
  const slices = input.slices.map((slice, index) => {
    const path = ['slices', index, 'sources'];
    const { kept, notes } = once(slice.sources, path, layersOf);
    all.push(...notes);
    return { ...slice, sources: kept };
  });
  if (all.length === 0) return { recipe, notes: all };
  return { recipe: { ...recipe, input: { kind: 'slices', slices } }, notes: all };
}

function layersOf({ model, layerRange }: SliceSource): string {
  return `${layerRange.join()} ${model}`;
}

function once<T extends SourceRecipe>(
  sources: readonly T[],
  path: KeyPath,
  keyOf: (source: T) => string,
) {
  const kept: T[] = [];
  const placeOf = new Map<string, number>();
  const counts = new Map<string, number>();
  const places = sources.map((source) => {
    const key = keyOf(source);
    const known = placeOf.get(key);
    const first = known === undefined ? undefined : kept[known];
    counts.set(source.model, (counts.get(source.model) ?? 0) + (first === undefined ? 0 : 1));
    if (known === undefined || first === undefined) {
      placeOf.set(key, kept.length);
      kept.push(source);
      return kept.length - 1;
    }
    kept[known] = { ...first, parameters: joined(first.parameters, source.parameters) };
    return known;
  });
  const notes = [...counts].flatMap(([model, more]): PathFault[] => {
    const message = `${model} is listed ${more + 1} times and counts once, as in mergekit, with the parameters given first.`;
    return more === 0 ? [] : [{ path, message }];
  });
  return { kept, places, notes };
}

/** What the first gives, and where its conditions do not fit, what the second gives. */
function joined(first: Settings, second: Settings): Settings {
  const settings = new Map(second);
  for (const [name, setting] of first) {
    const other = second.get(name);
    const isComplete = setting.kind === 'value' || other === undefined;
    settings.set(name, isComplete ? setting : follow(setting, other));
  }
  return settings;
}

function follow(
  { conditions }: Setting & { readonly kind: 'conditions' },
  other: Setting,
): Setting {
  const rest =
    other.kind === 'conditions' ? other.conditions : [{ filter: null, value: other.value }];
  return { kind: 'conditions', conditions: [...conditions, ...rest] };
}
