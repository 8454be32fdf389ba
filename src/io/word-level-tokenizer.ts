import { AppError } from '../core/errors.ts';

export const SPECIAL_TOKENS = ['<pad>', '<bos>', '<eos>'] as const;

export interface TokenizerFiles {
  /** Content of `tokenizer.json`. */
  readonly tokenizerJson: Readonly<Record<string, unknown>>;
  /** Content of `tokenizer_config.json`. */
  readonly tokenizerConfigJson: Readonly<Record<string, unknown>>;
}

/**
 * A Hugging Face WordLevel tokenizer over a fixed vocabulary. Text is cut at white space and
 * around every `<…>`, so that `<a_3><b_1>` is two tokens. There is no token for unknown words:
 * encoding one is an error there, not a silent <pad>.
 * @param tokens all tokens in the order of their ids, <pad>, <bos> and <eos> among them
 * @param maxPositions the longest sequence the model takes
 * @errors invalid-argument for repeated tokens, white space in one, or a missing special token
 */
export function wordLevelTokenizer(
  tokens: readonly string[],
  maxPositions: number,
): TokenizerFiles {
  const vocabulary = new Map(tokens.map((token, id) => [token, id]));
  if (vocabulary.size !== tokens.length) {
    throw new AppError('invalid-argument', 'A token stands twice in the vocabulary.');
  }
  const spaced = tokens.find((token) => token === '' || /\s/u.test(token));
  if (spaced !== undefined) {
    throw new AppError('invalid-argument', `The token "${spaced}" is empty or has white space.`);
  }
  const added = SPECIAL_TOKENS.map((content) => {
    const id = vocabulary.get(content);
    if (id === undefined) {
      throw new AppError('invalid-argument', `The vocabulary lacks the token ${content}.`);
    }
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    return { id, content, ...flags, special: true };
  });
  return {
    tokenizerJson: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added.sort((a, b) => a.id - b.id),
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'WhitespaceSplit' },
          {
            type: 'Split',
            pattern: { Regex: '<[^<>]+>' },
            behavior: 'Isolated',
            invert: false,
          },
        ],
      },
      post_processor: null,
      decoder: null,
      model: {
        type: 'WordLevel',
        vocab: Object.fromEntries(vocabulary),
        // Not in the vocabulary, on purpose: see above.
        unk_token: '<unk>',
      },
    },
    tokenizerConfigJson: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      pad_token: '<pad>',
      bos_token: '<bos>',
      eos_token: '<eos>',
      clean_up_tokenization_spaces: false,
      model_max_length: maxPositions,
    },
  };
}
