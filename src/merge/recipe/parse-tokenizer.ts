import type { CheckedValue } from './checked-value.ts';
import { isReferenceMapping, parseReference } from './parse-reference.ts';
import type { TokenizerRecipe, TokenRecipe, TokenSource } from './recipe.ts';

const MOST_TOKEN_CHARS = 1024;
const MOST_ROWS = 2 ** 31 - 1;

/** `tokenizer_source`, or the longer `tokenizer`. */
export function parseTokenizer(
  short: CheckedValue | undefined,
  long: CheckedValue | undefined,
): TokenizerRecipe | null {
  if (short !== undefined && long !== undefined) {
    return long.refuse('Give either tokenizer or tokenizer_source, not both.');
  }
  if (short !== undefined) {
    const source = parseVocabularySource(short);
    return source === null ? null : { source, tokens: new Map(), padToMultipleOf: null };
  }
  const entries = long?.entries(['source', 'tokens', 'pad_to_multiple_of']) ?? null;
  if (entries === null) return null;
  const given = entries.get('source');
  const source = given === undefined ? ({ kind: 'union' } as const) : parseVocabularySource(given);
  const tokens = new Map<string, TokenRecipe>();
  for (const [token, value] of entries.get('tokens')?.entries('any') ?? []) {
    const parsed = parseToken(value);
    if (parsed !== null) tokens.set(token, parsed);
  }
  const padToMultipleOf = entries.get('pad_to_multiple_of')?.whole(1, 65536) ?? null;
  return source === null ? null : { source, tokens, padToMultipleOf };
}

function parseVocabularySource(value: CheckedValue): TokenizerRecipe['source'] | null {
  if (value.value === 'union' || value.value === 'base') return { kind: value.value };
  const model = parseReference(withoutPrefix(value));
  return model === null ? null : { kind: 'model', model };
}

/** Older versions of mergekit told a model from the words above by writing `model:` before it. */
function withoutPrefix(value: CheckedValue): CheckedValue {
  const text = typeof value.value === 'string' ? value.value : '';
  const [, named] = /^model:\s*(\S.*)$/.exec(text) ?? [];
  return named === undefined ? value : value.with(named);
}

function parseToken(value: CheckedValue): TokenRecipe | null {
  const entries = value.entries(['source', 'force']);
  if (entries === null) return null;
  const given = entries.get('source');
  const force = entries.get('force')?.boolean() ?? false;
  const source = given === undefined ? null : parseTokenSource(given);
  if (source === null && force) return value.refuse('"force" needs a "source".');
  return { source, force };
}

function parseTokenSource(value: CheckedValue): TokenSource | null {
  if (typeof value.value === 'string' || isReferenceMapping(value.value)) {
    const model = parseReference(value);
    return model === null ? null : { kind: 'model', model };
  }
  const entries = value.entries(['kind', 'model', 'token', 'token_id']);
  const kind = entries?.get('kind')?.choice(['zero', 'model_token']) ?? null;
  if (entries === null) return null;
  if (kind === null) {
    return entries.has('kind') ? null : value.refuse('Lacks "kind": zero or model_token.');
  }
  if (kind === 'zero') return { kind };
  const named = entries.get('model');
  const model = named === undefined ? value.refuse('Lacks "model".') : parseReference(named);
  const byText = entries.get('token');
  const byId = entries.get('token_id');
  if ((byText === undefined) === (byId === undefined)) {
    return value.refuse('Give either "token" or "token_id".');
  }
  const token = byText?.text(MOST_TOKEN_CHARS) ?? byId?.whole(0, MOST_ROWS) ?? null;
  return model === null || token === null ? null : { kind: 'model-token', model, token };
}
