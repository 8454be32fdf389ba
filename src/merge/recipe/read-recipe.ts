import type { Fault } from '../../core/errors.ts';
import { readYamlStream, type LocatedDocument } from '../../io/yaml/located-yaml.ts';
import { CheckedValue, type PathFault } from './checked-value.ts';
import { parseReference } from './parse-reference.ts';
import { parseSettings } from './parse-settings.ts';
import { parseTokenizer } from './parse-tokenizer.ts';
import { FLOAT_TYPES } from './recipe.ts';
import type { FloatType, Recipe, SliceRecipe, SliceSource, SourceRecipe } from './recipe.ts';
import { parseTensorRule } from './parse-tensor-rule.ts';

const MOST_MODELS = 64;
const MOST_SLICES = 4096;
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

/** A recipe whose form is right; whether its method is and its values are has not been asked. */
export interface ReadRecipe {
  readonly recipe: Recipe;
  readonly placeOf: LocatedDocument['placeOf'];
}

export interface RecipesRead {
  readonly ok: boolean;
  /** Those documents whose form is right. */
  readonly recipes: readonly ReadRecipe[];
  readonly faults: readonly Fault[];
}

/** Reads the form of all recipes of a text, without the methods that they name. */
export function readRecipes(text: string): RecipesRead {
  const read = readYamlStream(text);
  if (!read.ok) return { ok: false, recipes: [], faults: read.faults };
  const { documents } = read;
  if (documents.length > MOST_DOCUMENTS) {
    const message = `There are more than ${MOST_DOCUMENTS} documents.`;
    return { ok: false, recipes: [], faults: [{ place: 'document', message }] };
  }
  const faults: Fault[] = [];
  const recipes = documents.flatMap((document, index): ReadRecipe[] => {
    const prefix = documents.length === 1 ? '' : `document ${index + 1}: `;
    const placeOf: LocatedDocument['placeOf'] = (path) => `${prefix}${document.placeOf(path)}`;
    const own: PathFault[] = [];
    const recipe = parseDocument(new CheckedValue(document.value, [], own));
    faults.push(...own.map(({ path, message }) => ({ place: placeOf(path), message })));
    return recipe === null || own.length > 0 ? [] : [{ recipe, placeOf }];
  });
  return { ok: faults.length === 0, recipes, faults };
}

function parseDocument(document: CheckedValue): Recipe | null {
  const hintFor = (key: string): string | null =>
    OTHER_PROGRAMS.get(key) ?? belongsUnderParameters(key);
  const entries = document.entries([...KEYS, 'modules'], hintFor);
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
    dtype: parseFloatType(entries.get('dtype')),
    outDtype: parseFloatType(entries.get('out_dtype')),
    tokenizer: parseTokenizer(entries.get('tokenizer_source'), entries.get('tokenizer')),
    chatTemplate: entries.get('chat_template')?.text(32_768) ?? null,
    tensors: present(entries.get('tensors')?.items(MOST_RULES)?.map(parseTensorRule)),
  };
  return input === null ? null : { ...recipe, input };
}

/** `bfloat16`, or as PyTorch prints it: `torch.bfloat16`. */
function parseFloatType(value: CheckedValue | undefined): FloatType | null {
  if (value === undefined) return null;
  const text = typeof value.value === 'string' ? value.value.replace(/^torch\./, '') : value.value;
  const known = FLOAT_TYPES.find((type) => type === text);
  if (known !== undefined) return known;
  const meant = typeof text === 'string' ? SHORT_TYPES.get(text.toLowerCase()) : undefined;
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return value.refuse(`Must be one of ${FLOAT_TYPES.join(', ')}.${hint}`);
}

/** Names that other programs have for them; mergekit does not take these either. */
const SHORT_TYPES: ReadonlyMap<string, FloatType> = new Map([
  ['bf16', 'bfloat16'],
  ['fp16', 'float16'],
  ['f16', 'float16'],
  ['half', 'float16'],
  ['fp32', 'float32'],
  ['f32', 'float32'],
  ['float', 'float32'],
]);

/** Keys by which the files of mergekit's other programs are known. */
const OTHER_PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['experts', 'This is a file for mergekit-moe: mixtures of experts are not made here.'],
  ['gate_mode', 'This is a file for mergekit-moe: mixtures of experts are not made here.'],
  ['genome', 'This is a file for mergekit-evolve: give the recipe that it found.'],
]);

/** A parameter that stands where the key `parameters` should. */
function belongsUnderParameters(key: string): string | null {
  if (!PARAMETER_NAMES.includes(key)) return null;
  return `${key} belongs under parameters: write "parameters: { ${key}: … }".`;
}

/** Those that mergekit's methods have; reading the form of a recipe does not load the methods. */
const PARAMETER_NAMES: readonly string[] = [
  ...['weight', 'density', 't', 'normalize', 'lambda', 'gamma', 'epsilon', 'int8_mask', 'rescale'],
  ...['select_topk', 'filter_wise', 'nuslerp_row_wise', 'nuslerp_flatten', 'embed_slerp', 'scale'],
  ...['max_iter', 'tol', 'eps', 'tau', 'seed'],
];

function parseInput(
  document: CheckedValue,
  models: CheckedValue | undefined,
  slices: CheckedValue | undefined,
): Recipe['input'] | null {
  if (models !== undefined && slices !== undefined) {
    return slices.refuse('Give either models or slices, not both.');
  }
  if (models !== undefined) {
    const items = isPlainObject(models.value)
      ? models.refuse('Must be a list: a line "- model: …" for each, not a mapping.')
      : models.items(MOST_MODELS);
    return { kind: 'models', models: present(items?.map(parseModel)) };
  }
  if (slices === undefined) {
    return document.refuse('One of the keys "models" and "slices" is needed.');
  }
  const list = present(slices.items(MOST_SLICES)?.map(parseSlice));
  const isEmpty = ({ layerRange: [start, end] }: SliceSource): boolean => start === end;
  if (list.length > 0 && list.every(({ sources }) => sources.every(isEmpty))) {
    return slices.refuse(
      'No slice has a layer: layer_range is [first layer, layer after the last].',
    );
  }
  return { kind: 'slices', slices: list };
}

function parseModel(item: CheckedValue): SourceRecipe | null {
  if (typeof item.value === 'string') {
    return item.refuse(`Must be a mapping: write "model: ${item.value.slice(0, 80)}".`);
  }
  const entries = item.entries(['model', 'parameters'], belongsUnderParameters);
  if (entries === null) return null;
  const named = entries.get('model');
  const model = named === undefined ? item.refuse('Lacks "model".') : parseReference(named);
  const parameters = parseSettings(entries.get('parameters'));
  return model === null ? null : { model, parameters };
}

function parseSlice(item: CheckedValue): SliceRecipe | null {
  const known = ['sources', 'base_model', 'parameters', 'residual_weight'];
  const entries = item.entries(known, belongsUnderParameters);
  if (entries === null) return null;
  entries.get('residual_weight')?.refuse('Not supported: leave it out.');
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
  const entries = item.entries(['model', 'layer_range', 'parameters'], belongsUnderParameters);
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
  // No layers at all, at an end: what comes before or after the layers is taken from this slice.
  if (end === undefined || end < start) {
    return item.refuse('layer_range must be [first layer, layer after the last].');
  }
  return { model, layerRange: [start, end], parameters };
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function present<T>(items: readonly (T | null)[] | null | undefined): T[] {
  return (items ?? []).filter((item) => item !== null);
}
