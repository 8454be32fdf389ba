import { AppError, type Fault } from '../../core/errors.ts';
import { readYamlStream, type LocatedDocument } from '../../io/located-yaml.ts';
import { checkRecipe } from './check-recipe.ts';
import { CheckedValue, type PathFault } from './checked-value.ts';
import { parseReference } from './parse-reference.ts';
import { parseSettings } from './parse-settings.ts';
import { parseTokenizer } from './parse-tokenizer.ts';
import { FLOAT_TYPES } from './recipe.ts';
import type { Recipe, SliceRecipe, SliceSource, SourceRecipe } from './recipe.ts';
import { parseTensorRule } from './parse-tensor-rule.ts';

const MOST_MODELS = 64;
const MOST_SLICES = 512;
const MOST_LAYERS = 4096;
const MOST_RULES = 256;
const MOST_DOCUMENTS = 64;

const KEYS = [
  'name',
  'merge_method',
  'base_model',
  'models',
  'slices',
  'parameters',
  'dtype',
  'out_dtype',
  'tokenizer_source',
  'tokenizer',
  'chat_template',
  'tensors',
];

/** A recipe of a file, with a way to say where in the file something stands. */
export interface ParsedRecipe {
  readonly recipe: Recipe;
  readonly placeOf: LocatedDocument['placeOf'];
  /** What mergekit would pass over without a word. */
  readonly notes: readonly Fault[];
}

export type RecipeResult =
  | { readonly ok: true; readonly recipes: readonly ParsedRecipe[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Reads the recipes of a file (YAML or JSON; several documents are steps of one merge) and checks
 * all that can be checked without the models. All faults come at once, with their places.
 */
export function parseRecipes(text: string): RecipeResult {
  const read = readYamlStream(text);
  if (!read.ok) return read;
  const { documents } = read;
  if (documents.length > MOST_DOCUMENTS) {
    const message = `There are more than ${MOST_DOCUMENTS} documents.`;
    return { ok: false, faults: [{ place: 'document', message }] };
  }
  const faults: Fault[] = [];
  const recipes = documents.flatMap((document, index): ParsedRecipe[] => {
    const prefix = documents.length === 1 ? '' : `document ${index + 1}: `;
    const placeOf: LocatedDocument['placeOf'] = (path) => `${prefix}${document.placeOf(path)}`;
    const located = ({ path, message }: PathFault): Fault => ({ place: placeOf(path), message });
    const own: PathFault[] = [];
    const recipe = parseDocument(new CheckedValue(document.value, [], own));
    const checked = recipe === null || own.length > 0 ? null : checkRecipe(recipe);
    own.push(...(checked?.faults ?? []));
    faults.push(...own.map(located));
    if (recipe === null || own.length > 0) return [];
    return [{ recipe, placeOf, notes: (checked?.notes ?? []).map(located) }];
  });
  return faults.length > 0 ? { ok: false, faults } : { ok: true, recipes };
}

/** The recipes of a text that must be right. @errors recipe-invalid with all faults */
export function recipesFrom(text: string): readonly ParsedRecipe[] {
  const parsed = parseRecipes(text);
  if (parsed.ok) return parsed.recipes;
  throw invalidRecipe(parsed.faults);
}

/** The error of a recipe with faults. */
export function invalidRecipe(faults: readonly Fault[]): AppError {
  const count = faults.length;
  return new AppError('recipe-invalid', `The recipe has ${count} fault${count === 1 ? '' : 's'}.`, {
    hint: 'Nothing was merged and nothing was written. Correct the places listed.',
    faults,
  });
}

function parseDocument(document: CheckedValue): Recipe | null {
  const entries = document.entries([...KEYS, 'modules']);
  if (entries === null) return null;
  entries.get('modules')?.refuse('Modules are not supported: merge each part by rules of its own.');
  const method = entries.get('merge_method');
  if (method === undefined) document.refuse('The key "merge_method" is missing.');
  const base = entries.get('base_model');
  const input = parseInput(document, entries.get('models'), entries.get('slices'));
  const recipe = {
    name: entries.get('name')?.text(256) ?? null,
    mergeMethod: method?.text(256) ?? '',
    baseModel: base === undefined ? null : parseReference(base),
    parameters: parseSettings(entries.get('parameters')),
    dtype: entries.get('dtype')?.choice(FLOAT_TYPES) ?? null,
    outDtype: entries.get('out_dtype')?.choice(FLOAT_TYPES) ?? null,
    tokenizer: parseTokenizer(entries.get('tokenizer_source'), entries.get('tokenizer')),
    chatTemplate: entries.get('chat_template')?.text(32_768) ?? null,
    tensors: present(entries.get('tensors')?.items(MOST_RULES)?.map(parseTensorRule)),
  };
  return input === null ? null : { ...recipe, input };
}

function parseInput(
  document: CheckedValue,
  models: CheckedValue | undefined,
  slices: CheckedValue | undefined,
): Recipe['input'] | null {
  if (models !== undefined && slices !== undefined) {
    return slices.refuse('Give either models or slices, not both.');
  }
  if (models !== undefined) {
    return { kind: 'models', models: present(models.items(MOST_MODELS)?.map(parseModel)) };
  }
  if (slices === undefined) {
    return document.refuse('One of the keys "models" and "slices" is needed.');
  }
  return { kind: 'slices', slices: present(slices.items(MOST_SLICES)?.map(parseSlice)) };
}

function parseModel(item: CheckedValue): SourceRecipe | null {
  const entries = item.entries(['model', 'parameters']);
  if (entries === null) return null;
  const named = entries.get('model');
  const model = named === undefined ? item.refuse('Lacks "model".') : parseReference(named);
  const parameters = parseSettings(entries.get('parameters'));
  return model === null ? null : { model, parameters };
}

function parseSlice(item: CheckedValue): SliceRecipe | null {
  const entries = item.entries(['sources', 'base_model', 'parameters']);
  if (entries === null) return null;
  const listed = entries.get('sources');
  const sources =
    listed === undefined
      ? item.refuse('Lacks "sources".')
      : present(listed.items(MOST_MODELS)?.map(parseSliceSource));
  const base = entries.get('base_model');
  const baseModel = base === undefined ? null : parseReference(base);
  const parameters = parseSettings(entries.get('parameters'));
  return sources === null ? null : { sources, baseModel, parameters };
}

function parseSliceSource(item: CheckedValue): SliceSource | null {
  const entries = item.entries(['model', 'layer_range', 'parameters']);
  if (entries === null) return null;
  const named = entries.get('model');
  const model = named === undefined ? item.refuse('Lacks "model".') : parseReference(named);
  const range = entries.get('layer_range');
  const [start, end, ...rest] =
    range === undefined
      ? [item.refuse('Lacks "layer_range": [first layer, layer after the last].')]
      : (range.items(2)?.map((bound) => bound.whole(0, MOST_LAYERS)) ?? [null]);
  const parameters = parseSettings(entries.get('parameters'));
  if (model === null || start === null || start === undefined || rest.length > 0) return null;
  if (end === null) return null;
  if (end === undefined || end <= start) {
    return item.refuse('layer_range must be [first layer, layer after the last].');
  }
  return { model, layerRange: [start, end], parameters };
}

function present<T>(items: readonly (T | null)[] | null | undefined): T[] {
  return (items ?? []).filter((item) => item !== null);
}
