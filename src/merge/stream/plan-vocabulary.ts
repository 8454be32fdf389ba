import type { PathFault } from '../recipe/checked-value.ts';
import type { Recipe, TokenizerRecipe, TokenSource } from '../recipe/recipe.ts';
import { referencesOf } from '../recipe/recipe.ts';
import { outputVocabulary, type TokenRule, type Vocabulary } from '../align-vocabulary.ts';
import type { Inventory } from './checkpoint.ts';

/** The vocabulary of the result and how the rows of the models are brought to it. */
export interface PlannedVocabulary {
  /** Token → row. */
  readonly output: Vocabulary;
  /** Rows of the result's embedding, padding included. */
  readonly rows: number;
  readonly padToMultipleOf: number | null;
  readonly rules: ReadonlyMap<string, TokenRule>;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Model whose tokenizer the result's starts from. */
  readonly tokenizerOf: string;
  readonly source: TokenizerRecipe['source'];
}

export interface VocabularyPlan {
  readonly planned: PlannedVocabulary | null;
  readonly faults: readonly PathFault[];
}

const PLACE = ['tokenizer'];

/** Plans the `tokenizer` of a recipe; without one, rows stay as they are. */
export function planVocabulary(
  recipe: Recipe,
  inputs: ReadonlyMap<string, Inventory>,
): VocabularyPlan {
  const { tokenizer, baseModel } = recipe;
  if (tokenizer === null) return { planned: null, faults: [] };
  const faults: PathFault[] = [];
  const vocabularies = new Map<string, Vocabulary>();
  for (const reference of referencesOf(recipe)) {
    const vocabulary = inputs.get(reference)?.vocabulary ?? null;
    if (vocabulary !== null) vocabularies.set(reference, vocabulary);
    else faults.push({ path: PLACE, message: `${reference} has no tokenizer.json.` });
  }
  const { source } = tokenizer;
  if (source.kind === 'base' && baseModel === null) {
    faults.push({ path: PLACE, message: 'There is no base_model whose tokens could be taken.' });
  }
  if (faults.length > 0) return { planned: null, faults };
  const named = source.kind === 'model' ? { model: source.model } : source.kind;
  const output = new Map(outputVocabulary(named, vocabularies, baseModel));
  const rules = new Map<string, TokenRule>();
  for (const [token, { source: from, force }] of tokenizer.tokens) {
    if (!output.has(token)) output.set(token, Math.max(-1, ...output.values()) + 1);
    if (from !== null) rules.set(token, { source: ruleSource(from), force });
    const isKnown = [...vocabularies.values()].some((vocabulary) => vocabulary.has(token));
    if (from === null && !isKnown) {
      faults.push({ path: PLACE, message: `No model has the token "${token}": give a source.` });
    }
  }
  const step = tokenizer.padToMultipleOf;
  const size = Math.max(-1, ...output.values()) + 1;
  if (size !== output.size) {
    const message = `The vocabulary has ${output.size} tokens for ${size} rows: rows without a token.`;
    faults.push({ path: PLACE, message });
  }
  const planned = {
    ...{ output, rules, vocabularies, source },
    rows: step === null ? size : Math.ceil(size / step) * step,
    padToMultipleOf: step,
    tokenizerOf:
      source.kind === 'model' ? source.model : (baseModel ?? [...vocabularies.keys()][0] ?? ''),
  };
  return { planned: faults.length > 0 ? null : planned, faults };
}

function ruleSource(source: TokenSource): TokenRule['source'] {
  if (source.kind !== 'model-token') return source;
  const { model, token } = source;
  return typeof token === 'number'
    ? { kind: 'model_token', model, row: token }
    : { kind: 'model_token', model, token };
}
