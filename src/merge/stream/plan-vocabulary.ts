import type { PathFault } from '../recipe/checked-value.ts';
import type { Recipe, TokenizerRecipe, TokenSource } from '../recipe/recipe.ts';
import { referencesOf } from '../recipe/recipe.ts';
import { lastRow, outputVocabulary, type TokenRule, type Vocabulary } from '../align-vocabulary.ts';
import type { Inventory } from './checkpoint.ts';
import { holesOf, withNamedHoles } from './tokens/named-holes.ts';
import { hasTokenRows } from './tensor-names.ts';

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
  readonly notes: readonly PathFault[];
}

const PLACE = ['tokenizer'];

/** Plans the `tokenizer` of a recipe; without one, rows stay as they are. */
export function planVocabulary(
  recipe: Recipe,
  inputs: ReadonlyMap<string, Inventory>,
): VocabularyPlan {
  const { tokenizer, baseModel } = recipe;
  if (tokenizer === null) return { planned: null, faults: [], notes: [] };
  const faults: PathFault[] = [];
  const notes: PathFault[] = [];
  const vocabularies = new Map<string, Vocabulary>();
  for (const reference of referencesOf(recipe)) {
    const { vocabulary = null, fault = null } = inputs.get(reference)?.tokenizer ?? {};
    if (vocabulary !== null) vocabularies.set(reference, vocabulary);
    else {
      const why = fault === null ? ' has no tokenizer.json.' : `: ${fault}`;
      faults.push({ path: PLACE, message: `${reference}${why}` });
    }
  }
  const { source } = tokenizer;
  if (source.kind === 'base' && baseModel === null) {
    faults.push({ path: PLACE, message: 'There is no base_model whose tokens could be taken.' });
  }
  if (faults.length > 0) return { planned: null, faults, notes };
  const tokenizerOf =
    source.kind === 'model' ? source.model : (baseModel ?? [...vocabularies.keys()][0] ?? '');
  const own = vocabularies.get(tokenizerOf) ?? new Map<string, number>();
  const beyond = beyondRows(own, inputs.get(tokenizerOf));
  if (beyond !== null) {
    faults.push({ path: PLACE, message: `${tokenizerOf} ${beyond}` });
    return { planned: null, faults, notes };
  }
  const holes = holesOf(own);
  if (holes.length > 0) {
    vocabularies.set(tokenizerOf, withNamedHoles(own, holes));
    const message =
      `The tokenizer of ${tokenizerOf} has no token for ${listed(holes)}: ` +
      `the rows keep their places, named <unused_${String(holes[0])}> and so on.`;
    notes.push({ path: PLACE, message });
  }
  const named = source.kind === 'model' ? { model: source.model } : source.kind;
  const output = new Map(outputVocabulary(named, vocabularies, baseModel));
  const rules = new Map<string, TokenRule>();
  for (const [token, { source: from, force }] of tokenizer.tokens) {
    if (!output.has(token)) output.set(token, lastRow(output) + 1);
    if (from !== null) rules.set(token, { source: ruleSource(from), force });
    const isKnown = [...vocabularies.values()].some((vocabulary) => vocabulary.has(token));
    if (from === null && !isKnown) {
      faults.push({ path: PLACE, message: `No model has the token "${token}": give a source.` });
    }
  }
  const step = tokenizer.padToMultipleOf;
  const size = output.size;
  const planned = {
    ...{ output, rules, vocabularies, source, tokenizerOf },
    rows: step === null ? size : Math.ceil(size / step) * step,
    padToMultipleOf: step,
  };
  return { planned: faults.length > 0 ? null : planned, faults, notes };
}

/** Why a vocabulary cannot belong to its model: a token without a row. */
function beyondRows(vocabulary: Vocabulary, model: Inventory | undefined): string | null {
  const table = [...(model?.tensors ?? [])].find(([name]) => hasTokenRows(name));
  const rows = table?.[1].shape[0];
  if (rows === undefined) return null;
  const beyond = [...vocabulary].filter(([, id]) => id >= rows);
  const [first] = beyond;
  if (first === undefined) return null;
  const [token, id] = first;
  return (
    `has ${String(rows)} rows, its tokenizer ${String(beyond.length)} tokens beyond: ` +
    `${JSON.stringify(token)} at ${String(id)}. Take the tokenizer that belongs to the model.`
  );
}

function listed(ids: readonly number[]): string {
  const shown = ids.slice(0, 5).join(', ');
  const more = ids.length > 5 ? ` and ${String(ids.length - 5)} more` : '';
  return `${String(ids.length)} id${ids.length === 1 ? '' : 's'} (${shown}${more})`;
}

function ruleSource(source: TokenSource): TokenRule['source'] {
  if (source.kind !== 'model-token') return source;
  const { model, token } = source;
  return typeof token === 'number'
    ? { kind: 'model_token', model, row: token }
    : { kind: 'model_token', model, token };
}
