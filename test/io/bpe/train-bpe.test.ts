import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { BYTE_CHARACTERS, CHARACTER_BYTES } from '../../../src/io/bpe/byte-alphabet.ts';
import { piecesOf } from '../../../src/io/bpe/pre-tokenizer.ts';
import { trainBpe } from '../../../src/io/bpe/train-bpe.ts';
import type { BpeModel, BpeOptions } from '../../../src/io/bpe/train-bpe.ts';
import { randomText } from '../../support/random-text.ts';

const SPECIAL = ['<pad>', '<bos>', '<eos>'];

/** Counts everything anew for every merge: slow, and with nothing to keep up to date. */
function trainSlowly(texts: readonly string[], options: BpeOptions): BpeModel {
  const tokens = [...options.specialTokens, ...[...BYTE_CHARACTERS].sort()];
  const words = texts
    .flatMap((text) => [...piecesOf(text)])
    .map((word) => Array.from(new TextEncoder().encode(word), (byte) => BYTE_CHARACTERS[byte]));
  const merges: [string, string][] = [];
  while (tokens.length < options.vocabularySize) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const pair = `${String(word[i])} ${String(word[i + 1])}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts]
      .map(([pair, count]) => {
        const [left = '', right = ''] = pair.split(' ');
        return { left, right, count, a: tokens.indexOf(left), b: tokens.indexOf(right) };
      })
      .sort((x, y) => y.count - x.count || x.a - y.a || x.b - y.b);
    if (best === undefined || best.count < options.minFrequency) break;
    merges.push([best.left, best.right]);
    const merged = best.left + best.right;
    tokens.push(merged);
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        if (word[i] === best.left && word[i + 1] === best.right) word.splice(i, 2, merged);
      }
    }
  }
  return { specialTokens: options.specialTokens, tokens, merges };
}

describe('byte alphabet', () => {
  test('has 256 different characters, none of them white space or a control', () => {
    expect(new Set(BYTE_CHARACTERS).size).toBe(256);
    expect(BYTE_CHARACTERS.join('')).not.toMatch(/[\s\p{Cc}\u00ad]/u);
    expect(CHARACTER_BYTES.get('Ġ')).toBe(0x20);
    expect(CHARACTER_BYTES.get('Ċ')).toBe(0x0a);
    expect(BYTE_CHARACTERS[0xad]).toBe('Ń');
  });
});

describe('pieces', () => {
  test('join to the text', () => {
    for (let i = 0; i < 2000; i++) {
      const text = randomText(1, i);
      expect(piecesOf(text).join('')).toBe(text);
    }
  });

  test('are contractions, words with their space, digits, signs', () => {
    expect(piecesOf("It's 2 o'clock,  we'LL go!\n\nEnd ")).toEqual([
      'It',
      "'s",
      ' ',
      '2',
      ' o',
      "'clock",
      ',',
      ' ',
      ' we',
      "'LL",
      ' go',
      '!\n\n',
      'End',
      ' ',
    ]);
  });
});

describe('training', () => {
  const options = { vocabularySize: 400, specialTokens: SPECIAL, minFrequency: 2 };

  test('finds the merges of counting anew each time', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const texts = Array.from({ length: 60 }, (_, i) => randomText(seed, i));
      const model = trainBpe(texts, options);
      expect(model.merges.length).toBeGreaterThan(30);
      expect(model).toEqual(trainSlowly(texts, options));
    }
  });

  test('runs of one letter and overlapping pairs are merged as they are read', () => {
    const random = new RandomStream(5, 'letters');
    const texts = Array.from({ length: 80 }, () =>
      Array.from({ length: 1 + random.nextInt(12) }, () => 'abc'[random.nextInt(3)]).join(''),
    );
    texts.push('aaaaaaa', 'aaaa', 'aaa', 'ababab', 'abcabcabc');
    expect(trainBpe(texts, options)).toEqual(trainSlowly(texts, options));
  });

  test('does not depend on the order of the texts', () => {
    const texts = Array.from({ length: 100 }, (_, i) => randomText(9, i));
    expect(trainBpe([...texts].reverse(), options)).toEqual(trainBpe(texts, options));
  });

  test('stops at the size asked for, or when pairs become rare', () => {
    const texts = Array.from({ length: 300 }, (_, i) => randomText(3, i));
    expect(trainBpe(texts, { ...options, vocabularySize: 300 }).tokens).toHaveLength(300);
    const rare = trainBpe(['abab', 'xy'], { ...options, minFrequency: 2 });
    expect(rare.merges).toEqual([['a', 'b']]);
    expect(trainBpe([], options).tokens).toHaveLength(259);
    expect(trainBpe(['abab', 'xy'], { ...options, minFrequency: 0 }).merges).toHaveLength(3);
  });

  test('a vocabulary without room and bad special tokens are refused', () => {
    expect(() => trainBpe([], { ...options, vocabularySize: 258 })).toThrow(
      /259 bytes and special/,
    );
    expect(() => trainBpe([], { ...options, vocabularySize: NaN })).toThrow(/NaN/);
    expect(() => trainBpe([], { ...options, specialTokens: ['<a>', '<a>'] })).toThrow(/twice/);
    expect(() => trainBpe([], { ...options, specialTokens: [''] })).toThrow(/empty/);
    expect(() => trainBpe([], { ...options, specialTokens: ['a'] })).toThrow(/piece of text/);
    const word = { ...options, specialTokens: ['pad'] };
    expect(() => trainBpe(['pad,pad'], word)).toThrow('"pad" is also a piece of text');
  });
});
