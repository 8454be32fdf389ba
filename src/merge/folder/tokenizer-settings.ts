import type { Vocabulary } from '../align-vocabulary.ts';
import { isObject, type JsonObject } from './language-config.ts';

/** `bos_token` and the like; not `add_bos_token`, which is a switch. */
const TOKEN_KEY = /^[a-z_]*_token$/;
const LISTS = ['additional_special_tokens', 'extra_special_tokens'];

/**
 * tokenizer_config.json or special_tokens_map.json for a vocabulary: what names a token that is not
 * there goes, because Transformers would add the token again, behind the last row.
 */
export function settingsFor(settings: JsonObject, vocabulary: Vocabulary): JsonObject {
  const kept = Object.entries(settings).flatMap(([key, value]): [string, unknown][] => {
    if (TOKEN_KEY.test(key)) return isKnown(value, vocabulary) ? [[key, value]] : [];
    if (LISTS.includes(key)) return [[key, knownOf(value, vocabulary)]];
    if (key === 'added_tokens_decoder') return [[key, decoderFor(value, vocabulary)]];
    return [[key, value]];
  });
  return Object.fromEntries(kept);
}

/** Tokens that such a file names, each with its key. */
export function namedTokens(settings: JsonObject): readonly (readonly [string, string])[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const values: readonly unknown[] = TOKEN_KEY.test(key)
      ? [value]
      : LISTS.includes(key)
        ? Object.values(isObject(value) || Array.isArray(value) ? value : {})
        : [];
    return values.flatMap((one) => {
      const text = textOf(one);
      return text === null ? [] : [[key, text] as const];
    });
  });
}

/** Ids of `added_tokens_decoder`, which say the same as the tokenizer's added tokens. */
export function decodedTokens(settings: JsonObject): ReadonlyMap<number, string> {
  const decoder = settings['added_tokens_decoder'];
  return new Map(
    Object.entries(isObject(decoder) ? decoder : {}).flatMap(([id, token]) => {
      const text = textOf(token);
      return text === null ? [] : [[Number(id), text] as const];
    }),
  );
}

function decoderFor(decoder: unknown, vocabulary: Vocabulary): unknown {
  if (!isObject(decoder)) return decoder;
  return Object.fromEntries(
    Object.entries(decoder).filter(([id, token]) => {
      const text = textOf(token);
      return text !== null && vocabulary.get(text) === Number(id);
    }),
  );
}

function knownOf(value: unknown, vocabulary: Vocabulary): unknown {
  if (Array.isArray(value)) return value.filter((token: unknown) => isKnown(token, vocabulary));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, token]) => isKnown(token, vocabulary)),
  );
}

/** No token at all is fine. */
function isKnown(value: unknown, vocabulary: Vocabulary): boolean {
  const text = textOf(value);
  return text === null || vocabulary.has(text);
}

/** `"</s>"` or `{ "content": "</s>", … }`; both are written. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return isObject(value) && typeof value['content'] === 'string' ? value['content'] : null;
}
