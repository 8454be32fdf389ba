import { Document, isSeq, visit } from 'yaml';
import type { Recipe, Setting, Settings, SourceRecipe, TensorRule, TokenSource } from './recipe.ts';

/** Recipes as YAML that `parseRecipes` reads back to the same recipes, and mergekit understands. */
export function printRecipes(recipes: readonly Recipe[]): string {
  return recipes.map(printRecipe).join('---\n');
}

/** One recipe as a YAML document. */
export function printRecipe(recipe: Recipe): string {
  // PyYAML must read a word like `no` as the word that it is here.
  const document = new Document(plainRecipe(recipe), { schema: 'core', compat: 'yaml-1.1' });
  // Gradients and ranges read best in one line, as mergekit writes them.
  visit(document, (_key, node) => {
    if (isSeq(node) && node.items.every((item) => !isCollection(item))) node.flow = true;
  });
  return document.toString({ lineWidth: 0 });
}

function isCollection(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'items' in item;
}

function plainRecipe(recipe: Recipe): Map<string, unknown> {
  const { input, tokenizer, tensors } = recipe;
  return compact([
    ['name', recipe.name],
    ['merge_method', recipe.mergeMethod],
    ['base_model', recipe.baseModel],
    ['models', input.kind === 'models' ? input.models.map((one) => plainSource(one)) : null],
    [
      'slices',
      input.kind === 'slices'
        ? input.slices.map((slice) =>
            compact([
              [
                'sources',
                slice.sources.map((source) =>
                  plainSource(source, [['layer_range', source.layerRange]]),
                ),
              ],
              ['base_model', slice.baseModel],
              ['parameters', plainSettings(slice.parameters)],
            ]),
          )
        : null,
    ],
    ['parameters', plainSettings(recipe.parameters)],
    ['dtype', recipe.dtype],
    ['out_dtype', recipe.outDtype],
    ...plainTokenizer(tokenizer),
    ['chat_template', recipe.chatTemplate],
    ['tensors', tensors.length === 0 ? null : tensors.map(plainRule)],
  ]);
}

function plainSource(source: SourceRecipe, extra: [string, unknown][] = []): Map<string, unknown> {
  const parameters = plainSettings(source.parameters);
  return compact([['model', source.model], ...extra, ['parameters', parameters]]);
}

function plainSettings(settings: Settings): Map<string, unknown> | null {
  if (settings.size === 0) return null;
  return new Map([...settings].map(([name, setting]) => [name, plainSetting(setting)]));
}

function plainSetting(setting: Setting): unknown {
  if (setting.kind === 'value') return setting.value;
  return setting.conditions.map(({ filter, value }) =>
    compact([
      ['filter', filter],
      ['value', value],
    ]),
  );
}

function plainTokenizer(tokenizer: Recipe['tokenizer']): [string, unknown][] {
  if (tokenizer === null) return [];
  const { source, tokens, padToMultipleOf } = tokenizer;
  const name = source.kind === 'model' ? source.model : source.kind;
  if (tokens.size === 0 && padToMultipleOf === null) return [['tokenizer_source', name]];
  const rows = [...tokens].map(([token, recipe]): [string, unknown] => [
    token,
    compact([
      ['source', recipe.source === null ? null : plainTokenSource(recipe.source)],
      ['force', recipe.force ? true : null],
    ]),
  ]);
  const long = compact([
    ['source', name],
    ['tokens', rows.length === 0 ? null : new Map(rows)],
    ['pad_to_multiple_of', padToMultipleOf],
  ]);
  return [['tokenizer', long]];
}

function plainTokenSource(source: TokenSource): unknown {
  if (source.kind === 'model') return source.model;
  if (source.kind === 'zero') return new Map([['kind', 'zero']]);
  const { model, token } = source;
  const key = typeof token === 'number' ? 'token_id' : 'token';
  return new Map<string, unknown>([
    ['kind', 'model_token'],
    ['model', model],
    [key, token],
  ]);
}

function plainRule({ filter, action }: TensorRule): Map<string, unknown> {
  const rule = action.kind === 'model' ? new Map([['model', action.index]]) : action.kind;
  return compact([
    ['filter', filter],
    ['rule', rule],
  ]);
}

function compact(entries: readonly [string, unknown][]): Map<string, unknown> {
  return new Map(entries.filter(([, value]) => value !== null));
}
