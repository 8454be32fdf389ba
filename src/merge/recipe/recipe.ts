/** One value of a parameter. */
export type Scalar = number | boolean | string;

/** A value, or a gradient over depth: numbers are interpolated, other values are picked. */
export type Gradient = Scalar | readonly Scalar[];

/** A value for the tensors whose name contains `filter`; null and `*` are all tensors. */
export interface ConditionalValue {
  readonly filter: string | null;
  readonly value: Gradient;
}

/** What stands behind a parameter's name: a value, a gradient, or a list of conditional values. */
export type Setting =
  | { readonly kind: 'value'; readonly value: Gradient }
  | { readonly kind: 'conditions'; readonly conditions: readonly ConditionalValue[] };

export type Settings = ReadonlyMap<string, Setting>;

/** One model of a merge, as a whole. */
export interface SourceRecipe {
  /** Path, or the name of an earlier document of the same file. */
  readonly model: string;
  readonly parameters: Settings;
}

/** Layers [start, end) of one model. */
export interface SliceSource extends SourceRecipe {
  readonly layerRange: readonly [number, number];
}

/** Consecutive layers of the result. */
export interface SliceRecipe {
  readonly sources: readonly SliceSource[];
  /** Replaces the recipe's base for these layers. */
  readonly baseModel: string | null;
  readonly parameters: Settings;
}

/** Where the row of a token comes from. */
export type TokenSource =
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'model-token'; readonly model: string; readonly token: string | number }
  | { readonly kind: 'zero' };

export interface TokenRecipe {
  readonly source: TokenSource | null;
  /** Replaces the rows of models that have the token, too. */
  readonly force: boolean;
}

/** The vocabulary of the result. */
export interface TokenizerRecipe {
  /** All tokens, those of the base model, or those of the model named. */
  readonly source: { readonly kind: 'union' | 'base' } | { readonly kind: 'model'; model: string };
  readonly tokens: ReadonlyMap<string, TokenRecipe>;
  readonly padToMultipleOf: number | null;
}

/** What happens to a tensor: merged, copied from the base or from model `index`, or left out. */
export type TensorAction =
  | { readonly kind: 'merge' | 'base' | 'skip' }
  | { readonly kind: 'model'; readonly index: number };

/** The first rule whose filter (a part of the name; null is all) fits decides. */
export interface TensorRule {
  readonly filter: string | null;
  readonly action: TensorAction;
}

export const FLOAT_TYPES = ['float32', 'float16', 'bfloat16'] as const;
export type FloatType = (typeof FLOAT_TYPES)[number];

/** One merge: a mergekit configuration, and `tensors`, which mergekit lacks. */
export interface Recipe {
  /** Under which later documents of the file refer to the result. */
  readonly name: string | null;
  readonly mergeMethod: string;
  readonly baseModel: string | null;
  readonly input:
    | { readonly kind: 'models'; readonly models: readonly SourceRecipe[] }
    | { readonly kind: 'slices'; readonly slices: readonly SliceRecipe[] };
  readonly parameters: Settings;
  readonly dtype: FloatType | null;
  readonly outDtype: FloatType | null;
  readonly tokenizer: TokenizerRecipe | null;
  /** A Jinja template that replaces the tokenizer's, or `auto`. */
  readonly chatTemplate: string | null;
  readonly tensors: readonly TensorRule[];
}

/** Every model that a recipe names, each once, in order of appearance; the base comes first. */
export function referencesOf(recipe: Recipe): string[] {
  const { input, tokenizer } = recipe;
  const sources =
    input.kind === 'models'
      ? input.models.map(({ model }) => model)
      : input.slices.flatMap((slice) => [
          ...(slice.baseModel === null ? [] : [slice.baseModel]),
          ...slice.sources.map(({ model }) => model),
        ]);
  const tokens = [...(tokenizer?.tokens.values() ?? [])].flatMap(({ source }) =>
    source === null || source.kind === 'zero' ? [] : [source.model],
  );
  return [
    ...new Set([
      ...(recipe.baseModel === null ? [] : [recipe.baseModel]),
      ...sources,
      ...(tokenizer?.source.kind === 'model' ? [tokenizer.source.model] : []),
      ...tokens,
    ]),
  ];
}
