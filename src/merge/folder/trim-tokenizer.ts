import { BYTE_CHARACTERS } from '../../io/bpe/byte-alphabet.ts';
import { isObject, type JsonObject } from './language-config.ts';

/** The tokenizer.json without the tokens from `rows` on, and without merges that make or use them. */
export function trimTokenizer(root: JsonObject, rows: number): JsonObject {
  const added = root['added_tokens'];
  return {
    ...root,
    ...(isObject(root['model']) && { model: trimModel(root['model'], rows) }),
    added_tokens: Array.isArray(added)
      ? added.filter((token: unknown) => isObject(token) && isBelow(token['id'], rows))
      : [],
  };
}

function trimModel(model: JsonObject, rows: number): JsonObject {
  const { vocab, merges } = model;
  // Unigram: the place is the id.
  if (Array.isArray(vocab)) return { ...model, vocab: vocab.slice(0, rows) };
  if (!isObject(vocab)) return model;
  const kept = new Map(Object.entries(vocab).filter(([, id]) => isBelow(id, rows)));
  const prefix = model['continuing_subword_prefix'];
  const prefixLength = typeof prefix === 'string' ? prefix.length : 0;
  const isKept = (merge: unknown): boolean => {
    const parts: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    if (!Array.isArray(parts)) return false;
    const [left, right] = parts as readonly unknown[];
    if (typeof left !== 'string' || typeof right !== 'string') return false;
    const whole = left + right.slice(prefixLength);
    return [left, right, whole].every((token) => kept.has(token));
  };
  return {
    ...model,
    vocab: Object.fromEntries(kept),
    ...(Array.isArray(merges) && { merges: merges.filter(isKept) }),
  };
}

/** Tokens without which a tokenizer does not work: unknown, bytes, and those put around a text. */
export function neededTokens(root: JsonObject): ReadonlySet<string> {
  const needed = new Set<string>();
  const model = isObject(root['model']) ? root['model'] : {};
  if (typeof model['unk_token'] === 'string') needed.add(model['unk_token']);
  const steps = (value: unknown): JsonObject[] => {
    if (!isObject(value)) return [];
    const inner = value['pretokenizers'] ?? value['processors'];
    return [value, ...(Array.isArray(inner) ? inner.flatMap(steps) : [])];
  };
  if (steps(root['pre_tokenizer']).some(({ type }) => type === 'ByteLevel')) {
    for (const character of BYTE_CHARACTERS) needed.add(character);
  }
  if (model['byte_fallback'] === true) {
    for (let byte = 0; byte < 256; byte++) {
      needed.add(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    }
  }
  for (const step of steps(root['post_processor'])) {
    const { special_tokens: template, sep, cls } = step;
    for (const token of isObject(template) ? Object.keys(template) : []) needed.add(token);
    for (const pair of [sep, cls]) {
      const token: unknown = Array.isArray(pair) ? pair[0] : null;
      if (typeof token === 'string') needed.add(token);
    }
  }
  return needed;
}

function isBelow(id: unknown, rows: number): boolean {
  return typeof id === 'number' && id < rows;
}
