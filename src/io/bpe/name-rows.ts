import { requireTokenizerJson, tokenizerVocabulary } from './tokenizer-vocabulary.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const FLAGS = { single_word: false, lstrip: false, rstrip: false, normalized: false };

/**
 * The tokenizer with a token for each row of an embedding: rows that belong to none are named
 * `<unused_7>`, so that whatever a model samples has a text. Ids between others that no token has
 * ("holes") are filled in the vocabulary itself, because Hugging Face's tokenizers count its
 * entries to number added tokens and would give those ids away twice; for the same reason added
 * tokens come in the order of their ids.
 * @param rows at least the largest id + 1
 * @errors data-invalid for a bad tokenizer.json
 */
export function nameRows(tokenizerJson: unknown, rows: number): JsonObject {
  const root = requireTokenizerJson(tokenizerJson);
  const { ids } = tokenizerVocabulary(root);
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  const unused: number[] = [];
  for (let id = 0; id < rows; id++) {
    if (names.has(id)) continue;
    unused.push(id);
    names.set(id, freeName(id, ids));
  }
  const model = withoutHoles(root['model'] as JsonObject, names);
  const inModel = model === null ? 0 : model.rows;
  const old = Array.isArray(root['added_tokens']) ? (root['added_tokens'] as unknown[]) : [];
  const fresh = unused
    .filter((id) => id >= inModel)
    .map((id) => ({ id, content: names.get(id), ...FLAGS, special: false }));
  const added = [...old, ...fresh].sort((a, b) => idOf(a) - idOf(b));
  return { ...root, ...(model !== null && { model: model.json }), added_tokens: added };
}

/** A vocabulary whose ids are 0 … rows − 1 without a gap; null for lists, which have no gaps. */
function withoutHoles(model: JsonObject, names: ReadonlyMap<number, string>) {
  const { vocab } = model;
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) return null;
  const own = new Map(Object.entries(vocab as Readonly<Record<string, number>>));
  let rows = 0;
  for (const id of own.values()) rows = Math.max(rows, id + 1);
  if (own.size === rows) return { json: model, rows };
  const taken = new Set(own.values());
  for (let id = 0; id < rows; id++) {
    const name = names.get(id);
    if (!taken.has(id) && name !== undefined) own.set(name, id);
  }
  return { json: { ...model, vocab: Object.fromEntries(own) }, rows };
}

/** A tokenizer may use such a name itself, for another row. */
function freeName(id: number, ids: ReadonlyMap<string, number>): string {
  let name = `<unused_${String(id)}>`;
  while (ids.has(name)) name = name.replace('>', '_>');
  return name;
}

function idOf(token: unknown): number {
  return (token as { readonly id: number }).id;
}
