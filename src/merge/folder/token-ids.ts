import type { Vocabulary } from '../align-vocabulary.ts';
import { changeLanguage, languageParts, type JsonObject } from './language-config.ts';

/** Keys whose numbers are tokens: `eos_token_id`, `image_token_index`, `suppress_tokens` … */
const ID_KEYS = /(?:^|_)token_(?:ids?|index|idx)$|^(?:begin_)?suppress_tokens$|^bad_words_ids$/;
/** What a family gives a number of its own where it is left out. */
const ROLES = ['bos_token_id', 'eos_token_id', 'pad_token_id'];

/** Whether a key names what begins, ends or fills texts: a token, where others may be bare rows. */
export function isRole(key: string): boolean {
  return ROLES.includes(key);
}

export interface IdTranslation {
  /** The vocabulary that the numbers belong to; null where it is not known. */
  readonly from: Vocabulary | null;
  /** The result's. */
  readonly to: Vocabulary | null;
  readonly rows: number;
  /** Says the same keys in numbers of the result's vocabulary, where a model does. */
  readonly instead: JsonObject | null;
}

export interface TranslatedIds {
  readonly json: JsonObject;
  /** What had to give way, for a note each: `eos_token_id: …`. */
  readonly changes: readonly string[];
}

/**
 * Token numbers of a configuration in another vocabulary, found by the token's text. What the
 * result has no token for becomes what the tokenizer's own model says, else null: without the key
 * a family's default would be some other token.
 */
export function translateIds(json: JsonObject, translation: IdTranslation): TranslatedIds {
  const { from, rows, instead } = translation;
  const texts = new Map([...(from ?? [])].map(([text, id]) => [id, text]));
  const changes: string[] = [];
  const others = instead === null ? [] : languageParts(instead);
  const translated = changeLanguage(json, (part, { isInner }) => {
    for (const [key, value] of Object.entries(part)) {
      if (!ID_KEYS.test(key)) continue;
      const lost: number[] = [];
      const found = translateValue(value, (id) => {
        const row = translateId(id, texts, translation, isRole(key));
        if (row === null) lost.push(id);
        return row;
      });
      if (lost.length === 0) {
        part[key] = found;
        continue;
      }
      const other = others.map((one) => one[key]).find((one) => isToken(one, rows));
      const isEmpty = found === null || (Array.isArray(found) && found.length === 0);
      part[key] = isEmpty ? (other ?? null) : found;
      const names = lost.map((id) => quoted(texts.get(id), id)).join(', ');
      const what = isEmpty ? `: now ${JSON.stringify(part[key])}` : ': left out';
      changes.push(`${key}: ${names} is no token of the result${what}.`);
    }
    for (const key of isInner ? ROLES : []) {
      const other = others.map((one) => one[key]).find((one) => isToken(one, rows));
      if (!(key in part) && other !== undefined) part[key] = other;
    }
  });
  return { json: translated, changes: [...new Set(changes)] };
}

/** Every token number of a configuration with its key, for checks. */
export function tokenIdsOf(json: JsonObject): { readonly key: string; readonly id: number }[] {
  return languageParts(json).flatMap((part) =>
    Object.entries(part).flatMap(([key, value]) => {
      if (!ID_KEYS.test(key)) return [];
      const ids: number[] = [];
      translateValue(value, (id) => {
        ids.push(id);
        return id;
      });
      return ids.map((id) => ({ key, id }));
    }),
  );
}

function translateId(
  id: number,
  texts: ReadonlyMap<number, string>,
  { from, to, rows }: IdTranslation,
  needsText: boolean,
): number | null {
  // −1 stands for "none" in old configurations.
  if (id < 0) return id;
  const text = texts.get(id);
  // Rows without a token may stand for images and the like; what begins and ends texts is a token.
  const isOwnRow = text === undefined && from === to && !needsText;
  if (from === null || to === null || isOwnRow) return id < rows ? id : null;
  return text === undefined ? null : (to.get(text) ?? null);
}

/** A number, a list of them, or a list of sequences; what is lost goes out of the list. */
function translateValue(value: unknown, translate: (id: number) => number | null): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return translate(value);
  if (!Array.isArray(value)) return value;
  return value.flatMap((item: unknown) => {
    const found = translateValue(item, translate);
    // A sequence without one of its tokens is another sequence.
    const isCut = Array.isArray(item) && Array.isArray(found) && found.length < item.length;
    return isCut || (found === null && item !== null) ? [] : [found];
  });
}

function isToken(value: unknown, rows: number): boolean {
  const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
  return ids.every((id) => typeof id === 'number' && id < rows);
}

function quoted(text: string | undefined, id: number): string {
  return text === undefined ? String(id) : JSON.stringify(text);
}
