import { beat } from '../../core/beat.ts';
import { AppError } from '../../core/errors.ts';
import { FaultList } from '../fault-list.ts';
import { BYTE_CHARACTERS } from './byte-alphabet.ts';

const KINDS: readonly string[] = ['BPE', 'Unigram', 'WordPiece', 'WordLevel'];

/** Merges that are looked at between two signs of life: there are 150,000 in a large file. */
const BETWEEN_BEATS = 4096;

type JsonObject = Readonly<Record<string, unknown>>;

/** One entry of `added_tokens`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Left out where a text is decoded without special tokens. */
  readonly special: boolean;
  /** Looked for in the normalised text. */
  readonly normalized: boolean;
  /** True when it swallows white space beside it or needs word boundaries. */
  readonly matchesMore: boolean;
}

export interface TokenizerVocabulary {
  /** Id of every token, added ones included. A map: "constructor" is a token of most tokenizers. */
  readonly ids: ReadonlyMap<string, number>;
  readonly added: readonly AddedToken[];
  /** Largest id + 1: rows that the embedding must have at least. */
  readonly size: number;
}

/** What was found sound: opening a model asks several times for the same large file. */
const checked = new WeakMap<object, TokenizerVocabulary>();

/**
 * The tokens of a `tokenizer.json`, which nobody changes afterwards, checked: ids are different non-negative integers, merges are
 * made of known tokens, a byte-level model knows every byte that UTF-8 uses. A tokenizer without
 * these would drop text silently.
 * @errors data-invalid listing the faults
 */
export function tokenizerVocabulary(tokenizerJson: unknown): TokenizerVocabulary {
  const root = objectOf(tokenizerJson) ?? {};
  const vocabulary = checked.get(root) ?? checkedVocabulary(root);
  checked.set(root, vocabulary);
  return vocabulary;
}

function checkedVocabulary(root: JsonObject): TokenizerVocabulary {
  const faults = new FaultList();
  const model = objectOf(root['model']);
  const ids = new Map<string, number>();
  if (model === null) faults.add('tokenizer.json: model', 'is missing');
  else {
    checkKind(model['type'], faults);
    readVocabulary(model, ids, faults);
  }
  const added = readAdded(root['added_tokens'] ?? [], ids, faults);
  if (ids.size === 0 && faults.total === 0) faults.add('tokenizer.json: model.vocab', 'is empty');
  checkIds(ids, faults);
  if (model !== null && faults.total === 0) {
    checkMerges(model, ids, faults);
    if (usesBytes(root['pre_tokenizer']) && isAbsent(model['unk_token'])) checkBytes(ids, faults);
  }
  if (faults.total > 0) {
    throw faults.toError(
      'data-invalid',
      'This tokenizer.json cannot be used.',
      'Take the tokenizer.json that belongs to the model. Nothing was loaded.',
    );
  }
  let size = 0;
  for (const id of ids.values()) size = Math.max(size, id + 1);
  return { ids, added, size };
}

/** Old files leave it out; anything else that is no name gives tokens without ids. */
function checkKind(kind: unknown, faults: FaultList): void {
  if (isAbsent(kind) || (typeof kind === 'string' && KINDS.includes(kind))) return;
  faults.add('tokenizer.json: model.type', `is ${JSON.stringify(kind)}, not ${KINDS.join(', ')}`);
}

function readVocabulary(model: JsonObject, ids: Map<string, number>, faults: FaultList): void {
  const vocabulary = model['vocab'];
  const place = 'tokenizer.json: model.vocab';
  if (Array.isArray(vocabulary)) {
    // Unigram: [token, score] pairs, the place is the id.
    vocabulary.forEach((entry: unknown, id) => {
      const token: unknown = Array.isArray(entry) ? entry[0] : null;
      if (typeof token === 'string') ids.set(token, id);
      else faults.add(`${place}[${String(id)}]`, 'is no [token, score] pair');
    });
    const unknown = model['unk_id'];
    const isKnown = isId(unknown) && unknown < vocabulary.length;
    if (unknown !== undefined && unknown !== null && !isKnown) {
      faults.add('tokenizer.json: model.unk_id', 'is the place of no token');
    }
    return;
  }
  const entries = objectOf(vocabulary);
  if (entries === null) return void faults.add(place, 'is missing');
  beat();
  for (const [token, id] of Object.entries(entries)) {
    if (isId(id)) ids.set(token, id);
    else faults.add(`${place}["${token}"]`, 'has an id that is no non-negative integer');
  }
}

function readAdded(value: unknown, ids: Map<string, number>, faults: FaultList): AddedToken[] {
  if (!Array.isArray(value)) {
    faults.add('tokenizer.json: added_tokens', 'is no list');
    return [];
  }
  return value.flatMap((item: unknown, index) => {
    const place = `tokenizer.json: added_tokens[${String(index)}]`;
    const { id, content, special, normalized, ...flags } = objectOf(item) ?? {};
    if (!isId(id) || typeof content !== 'string' || content === '') {
      faults.add(place, 'has no content or no id');
      return [];
    }
    const known = ids.get(content);
    if (known !== undefined && known !== id) {
      faults.add(
        place,
        `"${content}" has the id ${String(id)} here and ${String(known)} elsewhere`,
      );
    }
    ids.set(content, id);
    const isSpecial = special === true;
    return {
      id,
      content,
      special: isSpecial,
      normalized: typeof normalized === 'boolean' ? normalized : !isSpecial,
      matchesMore: ['lstrip', 'rstrip', 'single_word'].some((flag) => flags[flag] === true),
    };
  });
}

function checkIds(ids: ReadonlyMap<string, number>, faults: FaultList): void {
  beat();
  const seen = new Map<number, string>();
  for (const [token, id] of ids) {
    const other = seen.get(id);
    if (other !== undefined) {
      faults.add(`tokenizer.json: id ${String(id)}`, `belongs to "${other}" and to "${token}"`);
    }
    seen.set(id, token);
  }
}

function checkMerges(model: JsonObject, ids: ReadonlyMap<string, number>, faults: FaultList): void {
  const merges = model['merges'];
  if (merges === undefined && model['type'] !== 'BPE') return;
  if (!Array.isArray(merges)) return void faults.add('tokenizer.json: model.merges', 'is no list');
  const isJoined = isAbsent(model['continuing_subword_prefix']);
  merges.forEach((merge: unknown, index) => {
    if (index % BETWEEN_BEATS === 0) beat();
    const parts: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    const add = (what: string): void => {
      faults.add(`tokenizer.json: model.merges[${String(index)}]`, what);
    };
    if (!Array.isArray(parts) || parts.length !== 2) {
      add('is no pair of tokens');
      return;
    }
    const known = parts.every((part: unknown) => typeof part === 'string' && ids.has(part));
    if (!known) add(`${JSON.stringify(parts)} holds an unknown token`);
    else if (isJoined && !ids.has(parts.join(''))) {
      add(`"${parts.join('')}" is not in the vocabulary`);
    }
  });
}

function checkBytes(ids: ReadonlyMap<string, number>, faults: FaultList): void {
  BYTE_CHARACTERS.forEach((character, byte) => {
    // These bytes never occur in UTF-8.
    if (byte === 0xc0 || byte === 0xc1 || byte > 0xf4 || ids.has(character)) return;
    faults.add('tokenizer.json: model.vocab', `has no token for the byte ${String(byte)}`);
  });
}

function usesBytes(preTokenizer: unknown): boolean {
  const { type, pretokenizers } = objectOf(preTokenizer) ?? {};
  if (type === 'Sequence' && Array.isArray(pretokenizers)) return pretokenizers.some(usesBytes);
  return type === 'ByteLevel';
}

/** Left out, null or empty: tokenizers write all three for "none". */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function objectOf(value: unknown): JsonObject | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return value as JsonObject;
}

/** A JSON object or an error. @errors data-invalid */
export function requireTokenizerJson(value: unknown): JsonObject {
  const object = objectOf(value);
  if (object !== null) return object;
  throw new AppError('data-invalid', 'tokenizer.json is no JSON object.', {
    hint: 'Take the tokenizer.json that belongs to the model. Nothing was loaded.',
    faults: [{ place: 'tokenizer.json', message: 'is no object' }],
  });
}
