import { AppError } from '../../core/errors.ts';
import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import { CountHeap } from './count-heap.ts';
import { piecesOf } from './pre-tokenizer.ts';

export interface BpeOptions {
  /** Tokens in all: special tokens, 256 bytes, merges. Fewer come out when pairs run out. */
  readonly vocabularySize: number;
  /** Take the ids from 0 on, in this order. */
  readonly specialTokens: readonly string[];
  /** A pair that occurs less often is never merged. */
  readonly minFrequency: number;
}

/** A trained byte-level vocabulary; tokens are written in the byte alphabet. */
export interface BpeModel {
  readonly specialTokens: readonly string[];
  /** All tokens in the order of their ids: special tokens, the 256 bytes, merged ones. */
  readonly tokens: readonly string[];
  /** Pairs in the order in which they are merged. */
  readonly merges: readonly (readonly [string, string])[];
}

/**
 * Byte-pair encoding: again and again the most frequent pair of neighbours becomes a token. Among
 * equally frequent pairs the one with the smaller ids wins, so that the same texts, in whatever
 * order, give the same vocabulary.
 * @source Sennrich et al. 2016; tie rule and id order as in Hugging Face's `BpeTrainer`
 * @errors invalid-argument for a vocabulary too small, a special token that is repeated, empty or
 *   spelled like a piece of the texts
 */
export function trainBpe(texts: Iterable<string>, options: BpeOptions): BpeModel {
  checkOptions(options);
  const { vocabularySize, specialTokens, minFrequency } = options;
  // Sorted by character, as in Hugging Face's trainer: token ids do not follow byte values.
  const tokens = [...specialTokens, ...[...BYTE_CHARACTERS].sort()];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const byteIds = BYTE_CHARACTERS.map((character) => ids.get(character) ?? 0);
  const words = new WordTable(countPieces(texts), byteIds);
  const merges: (readonly [string, string])[] = [];
  while (tokens.length < vocabularySize) {
    const pair = words.mostFrequentPair();
    if (pair === null || pair.count < Math.max(1, minFrequency)) break;
    const left = tokens[pair.left] ?? '';
    const right = tokens[pair.right] ?? '';
    const merged = left + right;
    // Merging never spells one token in two ways: what lies inside it was merged everywhere alike.
    if (ids.has(merged)) throw clash(merged);
    const id = tokens.length;
    ids.set(merged, id);
    tokens.push(merged);
    merges.push([left, right]);
    words.merge(pair.left, pair.right, id);
  }
  return { specialTokens: [...specialTokens], tokens, merges };
}

function checkOptions({ vocabularySize, specialTokens }: BpeOptions): void {
  const needed = specialTokens.length + BYTE_CHARACTERS.length;
  if (!Number.isInteger(vocabularySize) || vocabularySize < needed) {
    throw new AppError(
      'invalid-argument',
      `A vocabulary of ${String(vocabularySize)} tokens cannot hold the ${String(needed)} bytes and special tokens.`,
      { hint: `Use at least ${String(needed)}; a few thousand are usual for item texts.` },
    );
  }
  if (new Set(specialTokens).size !== specialTokens.length || specialTokens.includes('')) {
    throw new AppError('invalid-argument', 'A special token is empty or stands twice.');
  }
  const byte = specialTokens.find((token) => BYTE_CHARACTERS.includes(token));
  if (byte !== undefined) throw clash(byte);
}

function clash(token: string): AppError {
  return new AppError('invalid-argument', `The special token "${token}" is also a piece of text.`, {
    hint: 'Put special tokens between signs, as in <pad>.',
  });
}

/** How often each piece occurs, sorted by piece: the order of the texts leaves no trace. */
function countPieces(texts: Iterable<string>): [string, number][] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const piece of piecesOf(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Words that hold or once held the pair. */
  readonly words: number[];
}

/** Different words as sequences of token ids, with the counts of their pairs kept up to date. */
class WordTable {
  /** Ids of all words one after the other; word w starts at starts[w]. */
  private readonly symbols: Int32Array;
  private readonly starts: Int32Array;
  private readonly lengths: Int32Array;
  private readonly frequencies: Float64Array;
  private readonly pairs = new Map<number, Pair>();
  private readonly heap = new CountHeap<Pair>((a, b) => a.left - b.left || a.right - b.right);

  constructor(counted: readonly (readonly [string, number])[], byteIds: readonly number[]) {
    const encoder = new TextEncoder();
    const encoded = counted.map(([word]) => encoder.encode(word));
    this.symbols = new Int32Array(encoded.reduce((sum, bytes) => sum + bytes.length, 0));
    this.starts = new Int32Array(encoded.length);
    this.lengths = Int32Array.from(encoded, (bytes) => bytes.length);
    this.frequencies = Float64Array.from(counted, ([, count]) => count);
    const touched = new Set<Pair>();
    let start = 0;
    encoded.forEach((bytes, word) => {
      this.starts[word] = start;
      bytes.forEach((byte, at) => (this.symbols[start + at] = byteIds[byte] ?? 0));
      this.count(word, 1, touched, null);
      start += bytes.length;
    });
    this.push(touched);
  }

  /** null when no word has two symbols left. */
  mostFrequentPair(): Pair | null {
    for (;;) {
      const top = this.heap.pop();
      if (top === null) return null;
      // The heap is not searched when a count falls: the entry is put right when it comes up.
      if (top.count === top.value.count) return top.value;
      if (top.value.count > 0) this.heap.push(top.value.count, top.value);
    }
  }

  /** Replaces the pair by `id`, from left to right, wherever it occurs. */
  merge(left: number, right: number, id: number): void {
    const pair = this.pairs.get(keyOf(left, right));
    if (pair === undefined) return;
    const touched = new Set<Pair>();
    for (const word of new Set(pair.words)) {
      if (!this.contains(word, left, right)) continue;
      this.count(word, -1, touched, null);
      this.replace(word, left, right, id);
      this.count(word, 1, touched, id);
    }
    for (const { left: a, right: b, count } of touched) {
      if (count === 0) this.pairs.delete(keyOf(a, b));
    }
    this.push(touched);
  }

  private push(pairs: Iterable<Pair>): void {
    for (const pair of pairs) if (pair.count > 0) this.heap.push(pair.count, pair);
  }

  private contains(word: number, left: number, right: number): boolean {
    const start = this.starts[word] ?? 0;
    const last = start + (this.lengths[word] ?? 0) - 1;
    for (let i = start; i < last; i++) {
      if (this.symbols[i] === left && this.symbols[i + 1] === right) return true;
    }
    return false;
  }

  private replace(word: number, left: number, right: number, id: number): void {
    const { symbols } = this;
    const start = this.starts[word] ?? 0;
    const end = start + (this.lengths[word] ?? 0);
    let to = start;
    for (let from = start; from < end; from++) {
      const found = symbols[from] === left && from + 1 < end && symbols[from + 1] === right;
      symbols[to] = found ? id : (symbols[from] ?? 0);
      to += 1;
      if (found) from += 1;
    }
    this.lengths[word] = to - start;
  }

  /**
   * Adds or takes away the pairs of a word.
   * @param merged only pairs with this symbol can be new to the word; null for any
   */
  private count(word: number, sign: 1 | -1, touched: Set<Pair>, merged: number | null): void {
    const { symbols } = this;
    const frequency = sign * (this.frequencies[word] ?? 0);
    const start = this.starts[word] ?? 0;
    const last = start + (this.lengths[word] ?? 0) - 1;
    for (let i = start; i < last; i++) {
      const left = symbols[i] ?? 0;
      const right = symbols[i + 1] ?? 0;
      const key = keyOf(left, right);
      let pair = this.pairs.get(key);
      if (pair === undefined) {
        pair = { left, right, count: 0, words: [] };
        this.pairs.set(key, pair);
      }
      pair.count += frequency;
      touched.add(pair);
      const mayBeNew = merged === null || left === merged || right === merged;
      if (sign > 0 && mayBeNew && pair.words.at(-1) !== word) pair.words.push(word);
    }
  }
}

function keyOf(left: number, right: number): number {
  return left * 2 ** 26 + right;
}
