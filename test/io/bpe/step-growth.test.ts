import { describe, expect, test } from 'vitest';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import { wordTokenizer } from '../../support/models/tiny-checkpoint.ts';

const BYTES = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
const replace = (from: string, to: string) => ({
  type: 'Replace',
  pattern: { String: from },
  content: to,
});
const sequence = (steps: readonly unknown[]) => ({ type: 'Sequence', normalizers: steps });
const open = (parts: Readonly<Record<string, unknown>>) => () =>
  openTokenizer({ ...wordTokenizer(['a', 'b']), ...parts });
const refusal = (message: string): unknown =>
  expect.objectContaining({
    code: 'data-invalid',
    message: expect.stringContaining('longer without end') as unknown,
    faults: [expect.objectContaining({ message })],
  });

describe('steps that make texts longer and longer are refused before one of them runs', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'bytes of bytes',
      { pre_tokenizer: { type: 'Sequence', pretokenizers: new Array(5).fill(BYTES) } },
      'writes up to 1.0e+3 characters for one',
    ],
    [
      'one letter twice, thirty times',
      { normalizer: sequence(new Array(30).fill(replace('a', 'aa'))) },
      'writes up to 1.1e+9 characters for one',
    ],
    [
      'in sequences of sequences, part here and part there',
      {
        normalizer: sequence([sequence([replace('', 'abcdefgh'), replace('a', 'abcdefgh')])]),
        pre_tokenizer: BYTES,
      },
      'writes up to 2.9e+2 characters for one',
    ],
    [
      'a page for a letter',
      { decoder: replace('a', 'b'.repeat(300)) },
      'writes up to 3.0e+2 characters for one',
    ],
    [
      'many that do nothing',
      { normalizer: sequence(new Array(32).fill({ type: 'NFC' })) },
      'has 33 steps',
    ],
    [
      'nested without end',
      { normalizer: new Array(20).fill(0).reduce<unknown>((inner) => sequence([inner]), BYTES) },
      'is nested too deeply',
    ],
  ])('%s', (_, parts, message) => {
    expect(open(parts)).toThrowError(refusal(message));
  });

  test('what published models do is not', () => {
    const normalizer = sequence([
      { type: 'NFKC' },
      replace('``', '"'),
      replace(' ', '▁'),
      { type: 'Prepend', prepend: '▁' },
    ]);
    expect(open({ normalizer })().encode('a', { addedTokens: false })).toEqual([1]);
  });
});
