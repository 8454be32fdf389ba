import {
  ByteLevelPreTokenizer,
  SequencePreTokenizer,
  SplitPreTokenizer,
  Tokenizer,
} from '@huggingface/tokenizers';
import { AppError } from '../../core/errors.ts';
import { refuseSlowPatterns } from './slow-patterns.ts';
import { refuseGrowingSteps } from './step-growth.ts';
import { isAbsent, requireTokenizerJson, tokenizerVocabulary } from './tokenizer-vocabulary.ts';
import type { AddedToken } from './tokenizer-vocabulary.ts';

type SplitStep = SplitPreTokenizer['config'];
type JsonObject = Readonly<Record<string, unknown>>;

export interface EncodeOptions {
  /**
   * Whether `<eos>` or `<a_3>` inside the text is that token. Use false for text from outside: a
   * title that contains `<eos>` is nothing but characters.
   */
  readonly addedTokens: boolean;
}

/** Text to token ids and back. */
export interface TextTokenizer {
  /** Largest id + 1: rows that the embedding must have at least. */
  readonly vocabularySize: number;
  /** Ids of a text; no begin or end token is put around it. */
  encode(text: string, options: EncodeOptions): number[];
  /**
   * Text of ids; bytes that are no UTF-8 become U+FFFD.
   * @errors invalid-argument for an id outside the vocabulary
   */
  decode(ids: readonly number[], options?: { readonly skipSpecialTokens: boolean }): string;
  /** @errors invalid-argument when there is no such token */
  idOf(token: string): number;
}

/**
 * Opens a Hugging Face `tokenizer.json` of any kind that `@huggingface/tokenizers` runs. Byte-level
 * ones (GPT, Qwen, Llama 3 and ours) get a cache by piece in front of it, because item texts repeat
 * the same words: several times as fast, and the same ids.
 * @errors data-invalid when it cannot be used
 */
export function openTokenizer(
  tokenizerJson: unknown,
  tokenizerConfigJson: JsonObject = {},
): TextTokenizer {
  const json = requireTokenizerJson(tokenizerJson);
  const vocabulary = tokenizerVocabulary(json);
  refuseGrowingSteps(json);
  const full = openLibrary(json, tokenizerConfigJson);
  const plain = openLibrary({ ...json, added_tokens: [] }, tokenizerConfigJson);
  const run = (text: string): number[] =>
    orUnsupported(() => plain.encode(text, { add_special_tokens: false }).ids);
  run(PROBE);
  refuseSlowPatterns(json, run);
  const fast = pieceEncoder(json, vocabulary.added, plain);
  const known = new Set(vocabulary.ids.values());
  return {
    vocabularySize: vocabulary.size,
    encode(text, { addedTokens }) {
      // A lone surrogate has no bytes in UTF-8.
      const wellFormed = text.replace(/\p{Surrogate}/gu, '\u{FFFD}');
      if (fast !== null) return fast(wellFormed, addedTokens);
      const encoder = addedTokens ? full : plain;
      return checkedIds(encoder.encode(wellFormed, { add_special_tokens: false }).ids, wellFormed);
    },
    decode(ids, options) {
      const unknown = ids.find((id) => !known.has(id));
      if (unknown !== undefined) {
        throw new AppError('invalid-argument', `The tokenizer has no token ${String(unknown)}.`, {
          hint: 'Use the tokenizer.json that belongs to the model.',
        });
      }
      if (ids.length === 0) return '';
      return full.decode([...ids], {
        skip_special_tokens: options?.skipSpecialTokens ?? false,
        clean_up_tokenization_spaces: false,
      });
    },
    idOf(token) {
      const id = vocabulary.ids.get(token);
      if (id !== undefined) return id;
      throw new AppError('invalid-argument', `The tokenizer has no token "${token}".`);
    },
  };
}

/** A vocabulary without an unknown token gives null for what it cannot write. */
function checkedIds(ids: readonly unknown[], text: string): number[] {
  if (ids.every((id) => typeof id === 'number')) return [...ids];
  throw new AppError('data-invalid', 'The tokenizer has no tokens for a part of a text.', {
    hint: 'Take the tokenizer.json that belongs to the model, or one that has an unknown token.',
    faults: [
      {
        place: 'tokenizer.json: model.vocab',
        message: `has no token for ${JSON.stringify(text.slice(0, 60))}`,
      },
    ],
  });
}

function openLibrary(json: JsonObject, config: JsonObject): Tokenizer {
  return orUnsupported(() => {
    const optional = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
    return new Tokenizer(
      { added_tokens: [], ...optional, ...json },
      { ...config, ...unknownOf(json) },
    );
  });
}

/** For models of words the library asks the configuration, though the model itself says it. */
function unknownOf({ model }: JsonObject): JsonObject {
  const { type, unk_token: unknown } = model as JsonObject;
  return type === 'WordLevel' && typeof unknown === 'string' ? { unk_token: unknown } : {};
}

/** What the library throws is about its own insides. */
function orUnsupported<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new AppError('data-invalid', 'This kind of tokenizer.json is not supported.', {
      hint: 'Byte-level BPE tokenizers (GPT, Qwen, Llama 3) work best. Nothing was loaded.',
      faults: [{ place: 'tokenizer.json', message: String(cause) }],
      cause,
    });
  }
}

/** Letters, a digit, marks and what is no letter: every step of a tokenizer meets it once. */
const PROBE = 'A title, 2 words\n– x\u00a0é漢';

/** Pieces kept; at about 200 bytes each. */
const MAX_CACHED_PIECES = 2 ** 17;

type PieceEncoder = (text: string, addedTokens: boolean) => number[];

/**
 * Encodes piece by piece with a cache, where that is the same as encoding the whole: pieces are cut
 * by patterns alone and then written as bytes. null for other tokenizers.
 */
function pieceEncoder(
  json: JsonObject,
  added: readonly AddedToken[],
  plain: Tokenizer,
): PieceEncoder | null {
  const patterns = splitPatterns(json);
  const { normalizer, model } = plain;
  const ambiguous = added.some(
    ({ matchesMore, normalized }) => matchesMore || (normalized && normalizer !== null),
  );
  if (patterns === null || ambiguous || model === null) return null;
  const cut = cutter(patterns);
  const bytesOf = new ByteLevelPreTokenizer({
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: false,
    use_regex: false,
  });
  const addedIds = new Map(added.map(({ content, id }) => [content, id]));
  const addedPattern = alternation([...addedIds.keys()]);
  const cache = new Map<string, readonly number[]>();
  const idsOfPiece = (piece: string): readonly number[] => {
    const cached = cache.get(piece);
    if (cached !== undefined) return cached;
    const ids = model(bytesOf(piece)).map((token) => plain.token_to_id(token) ?? 0);
    if (cache.size >= MAX_CACHED_PIECES) cache.clear();
    cache.set(piece, ids);
    return ids;
  };
  return (text, addedTokens) => {
    const sections = addedTokens && addedPattern !== null ? text.split(addedPattern) : [text];
    const ids: number[] = [];
    sections.forEach((section, index) => {
      // String.split puts what the group matched at the odd places.
      const token = index % 2 === 1 ? addedIds.get(section) : undefined;
      if (token !== undefined) ids.push(token);
      else if (section !== '') {
        const normal = normalizer === null ? section : normalizer(section);
        for (const piece of cut(normal)) for (const id of idsOfPiece(piece)) ids.push(id);
      }
    });
    return ids;
  };
}

/** The `Split` steps before the one that writes bytes; null where pieces depend on more. */
function splitPatterns(json: JsonObject): readonly SplitStep[] | null {
  const model = json['model'] as JsonObject;
  const preTokenizer = json['pre_tokenizer'] as JsonObject | null | undefined;
  const steps = preTokenizer?.['pretokenizers'];
  if (model['type'] !== 'BPE' || !isAbsent(model['unk_token']) || !Array.isArray(steps))
    return null;
  const splits = (steps as readonly JsonObject[]).slice(0, -1);
  const last = (steps as readonly JsonObject[]).at(-1);
  const writesBytes =
    last?.['type'] === 'ByteLevel' &&
    last['use_regex'] === false &&
    last['add_prefix_space'] !== true;
  if (!writesBytes || splits.some(({ type }) => type !== 'Split')) return null;
  return splits as readonly unknown[] as readonly SplitStep[];
}

/** Cuts a text into pieces as the `Split` steps say. */
function cutter(patterns: readonly SplitStep[]): (text: string) => readonly string[] {
  const steps = new SequencePreTokenizer({ type: 'Sequence', pretokenizers: [...patterns] });
  const [only] = steps.tokenizers;
  const pattern = patterns.length === 1 && only instanceof SplitPreTokenizer ? only.pattern : null;
  const isolates = patterns[0]?.behavior === 'Isolated' && patterns[0].invert !== true;
  if (pattern === null || !isolates) return (text) => steps(text);
  return (text) => {
    const matches = text.match(pattern) ?? [];
    // Where the matches are the whole text they are the pieces, without the library's slow walk.
    const matched = matches.reduce((sum, match) => sum + match.length, 0);
    return matched === text.length ? matches : steps(text);
  };
}

/** Matches the longest of the tokens and keeps it as a group; null without tokens. */
function alternation(tokens: readonly string[]): RegExp | null {
  if (tokens.length === 0) return null;
  const longestFirst = [...tokens].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const escaped = longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`(${escaped.join('|')})`);
}
