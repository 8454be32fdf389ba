import { AppError } from '../../core/errors.ts';
import type { TokenizerFiles } from '../word-level-tokenizer.ts';
import { PRE_TOKENIZER_JSON } from './pre-tokenizer.ts';
import { requireTokenizerJson, tokenizerVocabulary } from './tokenizer-vocabulary.ts';
import type { BpeModel } from './train-bpe.ts';

/** Which special token plays which part. */
export interface TokenRoles {
  readonly pad: string;
  readonly bos: string;
  readonly eos: string;
}

/**
 * A trained vocabulary as Hugging Face `tokenizer.json` and `tokenizer_config.json`. Nothing is
 * normalised and no token is added to a text: what is encoded comes back byte for byte.
 * @param maxPositions the longest sequence the model takes
 * @errors invalid-argument when a role is no special token of the vocabulary
 */
export function bpeTokenizerFiles(
  model: BpeModel,
  roles: TokenRoles,
  maxPositions: number,
): TokenizerFiles {
  const { pad, bos, eos } = roles;
  for (const token of [pad, bos, eos]) {
    if (model.specialTokens.includes(token)) continue;
    throw new AppError('invalid-argument', `"${token}" is no special token of the vocabulary.`);
  }
  return {
    tokenizerJson: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: model.specialTokens.map((content, id) => addedToken(id, content, true)),
      normalizer: null,
      pre_tokenizer: PRE_TOKENIZER_JSON,
      post_processor: null,
      decoder: {
        type: 'ByteLevel',
        add_prefix_space: false,
        trim_offsets: false,
        use_regex: false,
      },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: '',
        end_of_word_suffix: '',
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(model.tokens.map((token, id) => [token, id])),
        // One string each: every version of the readers knows this form. No token has a space.
        merges: model.merges.map(([left, right]) => `${left} ${right}`),
      },
    },
    tokenizerConfigJson: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      pad_token: pad,
      bos_token: bos,
      eos_token: eos,
      clean_up_tokenization_spaces: false,
      model_max_length: maxPositions,
    },
  };
}

export interface ExtendedTokenizer {
  readonly tokenizerJson: Readonly<Record<string, unknown>>;
  /** Id of each token asked for, in that order. */
  readonly ids: readonly number[];
  /** Largest id + 1. */
  readonly vocabularySize: number;
}

/**
 * Adds tokens such as `<a_0>` or `[ITEM]` to a tokenizer. They get the ids after its largest one,
 * in the order given; a token that it has already keeps its id. The embedding may have unused rows
 * there already, as Qwen3's has. They are not special: decoding shows them.
 * @errors data-invalid for a bad tokenizer.json, invalid-argument for an empty or repeated token
 */
export function extendTokenizer(
  tokenizerJson: unknown,
  tokens: readonly string[],
): ExtendedTokenizer {
  const root = requireTokenizerJson(tokenizerJson);
  const { ids, added, size } = tokenizerVocabulary(root);
  if (tokens.includes('') || new Set(tokens).size !== tokens.length) {
    throw new AppError('invalid-argument', 'A token to add is empty or stands twice.');
  }
  const isAdded = new Set(added.map(({ content }) => content));
  let next = size;
  const entries = tokens.map((content) => addedToken(ids.get(content) ?? next++, content, false));
  const old = Array.isArray(root['added_tokens']) ? (root['added_tokens'] as unknown[]) : [];
  const fresh = entries.filter(({ content }) => !isAdded.has(content));
  return {
    tokenizerJson: { ...root, added_tokens: [...old, ...fresh] },
    ids: entries.map(({ id }) => id),
    vocabularySize: next,
  };
}

function addedToken(id: number, content: string, special: boolean) {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return { id, content, ...flags, special };
}
