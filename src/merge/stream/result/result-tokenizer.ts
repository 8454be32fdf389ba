import { AppError } from '../../../core/errors.ts';
import { readJsonSource } from '../../../io/byte-source.ts';
import { isObject, type JsonObject } from '../../folder/language-config.ts';
import { trimTokenizer } from '../../folder/trim-tokenizer.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { MAX_TOKENIZER_BYTES, TOKENIZER_FILE } from '../tokens/open-tokenizer.ts';
import type { MergePlan } from '../plan-merge.ts';
import type { PlannedVocabulary } from '../plan-vocabulary.ts';

type Inputs = ReadonlyMap<string, Checkpoint>;

/** The tokenizer.json of a result; null where it is a model's as it stands. */
export async function resultTokenizer(
  { vocabulary, tokens: { tokenizerOf, cutTo } }: MergePlan,
  inputs: Inputs,
): Promise<JsonObject | null> {
  if (vocabulary !== null) return united(vocabulary, inputs);
  return cutTo === null ? null : trimTokenizer(await readTokenizer(tokenizerOf, inputs), cutTo);
}

/**
 * The tokenizer.json of a vocabulary that is larger than its first tokenizer's: tokens that others
 * add stay added tokens, other tokens join the model's vocabulary. Merges are not joined, so that
 * text is still split as before.
 */
async function united(vocabulary: PlannedVocabulary, inputs: Inputs): Promise<JsonObject | null> {
  const own = inputs.get(vocabulary.tokenizerOf)?.tokenizer.vocabulary;
  const missing = [...vocabulary.output].filter(([token]) => own?.has(token) !== true);
  if (missing.length === 0) return null;
  const root = await readTokenizer(vocabulary.tokenizerOf, inputs);
  const added = new Map<string, JsonObject>();
  for (const reference of vocabulary.vocabularies.keys()) {
    if (reference === vocabulary.tokenizerOf) continue;
    const { added_tokens: tokens } = await readTokenizer(reference, inputs);
    for (const token of listOf(tokens)) {
      const content = token['content'];
      if (typeof content === 'string' && !added.has(content)) added.set(content, token);
    }
  }
  const model = isObject(root['model']) ? root['model'] : null;
  const vocab = isObject(model?.['vocab']) ? model['vocab'] : null;
  const joined: [string, unknown][] = [];
  const appended: JsonObject[] = [];
  for (const [token, id] of missing) {
    const entry = added.get(token);
    if (entry === undefined && vocab !== null) joined.push([token, id]);
    else appended.push({ ...(entry ?? PLAIN), id, content: token });
  }
  const all = [...listOf(root['added_tokens']), ...appended].sort((a, b) => idOf(a) - idOf(b));
  const last = joined.reduce((most, [, id]) => Math.max(most, Number(id)), -1);
  // Hugging Face's tokenizers number added tokens from the vocabulary's entries on: one whose id
  // lies below the last of these has to be among them.
  for (const token of all)
    if (idOf(token) < last) joined.push([String(token['content']), token['id']]);
  return {
    ...root,
    added_tokens: all,
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

function readTokenizer(reference: string, inputs: Inputs): Promise<JsonObject> {
  const file = inputs.get(reference)?.files.get(TOKENIZER_FILE);
  if (file !== undefined) return readJsonSource(file, MAX_TOKENIZER_BYTES);
  throw new AppError('internal', `${reference} was planned with a tokenizer that it lacks.`);
}

function idOf(token: JsonObject): number {
  return Number(token['id']);
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
