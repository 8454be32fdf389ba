import { AppError } from '../../core/errors.ts';
import { readJsonSource } from '../../io/byte-source.ts';
import { TOKENIZER_FILE, type Checkpoint, type JsonObject } from './checkpoint.ts';
import type { PlannedVocabulary } from './plan-vocabulary.ts';

const MAX_BYTES = 128 * 2 ** 20;

/**
 * The tokenizer.json of a result whose vocabulary is larger than its first tokenizer's: tokens that
 * others add stay added tokens, other tokens join the model's vocabulary. Merges are not joined, so
 * that text is still split as before.
 */
export async function resultTokenizer(
  vocabulary: PlannedVocabulary,
  inputs: ReadonlyMap<string, Checkpoint>,
): Promise<JsonObject | null> {
  const own = vocabulary.vocabularies.get(vocabulary.tokenizerOf);
  const missing = [...vocabulary.output].filter(([token]) => own?.has(token) !== true);
  if (missing.length === 0) return null;
  const root = await tokenizerOf(vocabulary.tokenizerOf, inputs);
  const added = new Map<string, JsonObject>();
  for (const reference of vocabulary.vocabularies.keys()) {
    if (reference === vocabulary.tokenizerOf) continue;
    const { added_tokens: tokens } = await tokenizerOf(reference, inputs);
    for (const token of listOf(tokens)) {
      const content = token['content'];
      if (typeof content === 'string' && !added.has(content)) added.set(content, token);
    }
  }
  const model = objectOf(root['model']);
  const vocab = objectOf(model?.['vocab']);
  const joined: [string, number][] = [];
  const appended: JsonObject[] = [];
  for (const [token, id] of missing) {
    const entry = added.get(token);
    if (entry === undefined && vocab !== null) joined.push([token, id]);
    else appended.push({ ...(entry ?? PLAIN), id, content: token });
  }
  return {
    ...root,
    added_tokens: [...listOf(root['added_tokens']), ...appended],
    // From entries: assignment would lose a token called __proto__.
    ...(vocab !== null && {
      model: { ...model, vocab: Object.fromEntries([...Object.entries(vocab), ...joined]) },
    }),
  };
}

const PLAIN = {
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: false,
};

function tokenizerOf(
  reference: string,
  inputs: ReadonlyMap<string, Checkpoint>,
): Promise<JsonObject> {
  const file = inputs.get(reference)?.files.get(TOKENIZER_FILE);
  if (file !== undefined) return readJsonSource(file, MAX_BYTES);
  throw new AppError('internal', `${reference} was planned with a tokenizer that it lacks.`);
}

function objectOf(value: unknown): JsonObject | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : null;
}

function listOf(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.map((item: unknown) => objectOf(item)).filter((item) => item !== null);
}
