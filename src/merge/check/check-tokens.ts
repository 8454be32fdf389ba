import type { TokenizerVocabulary } from '../../io/bpe/tokenizer-vocabulary.ts';
import { isObject, type JsonObject } from '../folder/language-config.ts';
import type { Findings } from './check-sizes.ts';
import { isRole, tokenIdsOf } from '../folder/token-ids.ts';
import { decodedTokens, namedTokens } from '../folder/tokenizer-settings.ts';

const TOKENIZER = 'tokenizer.json';
const SHOWN = 5;

/** Tokens have rows, and get the numbers that tokenizer.json gives them. */
export function checkTokenizer(
  json: JsonObject,
  { size, added }: TokenizerVocabulary,
  rows: number | null,
  faults: Findings,
): void {
  if (rows !== null && size > rows) {
    faults.add(TOKENIZER, `uses ids up to ${size - 1}, the embedding has ${rows} rows`);
  }
  const model = isObject(json['model']) ? json['model'] : {};
  const vocab = isObject(model['vocab']) ? model['vocab'] : null;
  const entries = vocab === null ? listLength(model['vocab']) : Object.keys(vocab).length;
  // How Hugging Face's tokenizers number added tokens, whatever their entry says.
  let last = -1;
  for (const { content, id } of added) {
    const own = vocab !== null && Object.hasOwn(vocab, content) ? Number(vocab[content]) : null;
    const given = own ?? (last >= entries ? last + 1 : entries);
    const isInList = vocab === null && id < entries;
    if (given !== id && !isInList) {
      faults.add(TOKENIZER, `"${content}" has the id ${id}, but is given ${given} by its readers`);
      return;
    }
    last = Math.max(last, id);
  }
}

/** Token numbers of a configuration have rows; those that begin, end and fill texts have tokens. */
export function checkIds(
  file: string,
  json: JsonObject,
  { rows, texts }: { readonly rows: number | null; readonly texts: ReadonlySet<number> | null },
  faults: Findings,
): void {
  for (const { key, id } of tokenIdsOf(json)) {
    if (id < 0) continue;
    if (rows !== null && id >= rows) {
      faults.add(file, `${key} is ${id}, the embedding has ${rows} rows`);
    } else if (isRole(key) && texts !== null && !texts.has(id)) {
      faults.add(file, `${key} is ${id}, which is no token of tokenizer.json`);
    }
  }
}

/** Tokens that settings name are there, with the ids that settings give them. */
export function checkNames(
  file: string,
  settings: JsonObject,
  { ids }: TokenizerVocabulary,
  faults: Findings,
): void {
  const unknown = namedTokens(settings).filter(([, token]) => !ids.has(token));
  for (const [key, token] of unknown.slice(0, SHOWN)) {
    faults.add(file, `${key} is ${JSON.stringify(token)}, which is no token of ${TOKENIZER}`);
  }
  for (const [id, token] of decodedTokens(settings)) {
    const own = ids.get(token);
    if (own === id) continue;
    const there = own === undefined ? 'does not have it' : `has it at ${own}`;
    faults.add(
      file,
      `added_tokens_decoder has ${JSON.stringify(token)} at ${id}, ${TOKENIZER} ${there}`,
    );
    return;
  }
}

function listLength(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
