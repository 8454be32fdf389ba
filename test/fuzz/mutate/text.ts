import type { RandomStream } from '../../../src/core/rng.ts';
import { oneIn, pick, rounds } from './pick.ts';

/** What a language's texts are made of, beyond the text at hand. */
export interface TextWords {
  /** Stand in the place of a word. */
  readonly words: readonly string[];
  /** Stand anywhere. */
  readonly snippets: readonly string[];
}

/** Text stays small enough to count as a small input. */
const MOST_CHARACTERS = 8000;

/** A neighbour of a text: its lines, words and characters moved, repeated and replaced. */
export function mutateText(text: string, random: RandomStream, own: TextWords): string {
  let changed = text;
  for (let round = rounds(random); round > 0; round--) {
    const next = mutatedOnce(changed, random, own);
    if (next.length <= MOST_CHARACTERS) changed = next;
  }
  return changed;
}

function mutatedOnce(text: string, random: RandomStream, { words, snippets }: TextWords): string {
  const at = random.nextInt(text.length + 1);
  switch (random.nextInt(10)) {
    case 0:
    case 1:
      return changedLines(text, random);
    case 2:
    case 3:
      return wordReplaced(text, random, (word) => nearby(word, words, random));
    case 4:
      // A word of this text in the place of another one.
      return wordReplaced(text, random, () => pick(text.match(WORD) ?? [''], random));
    case 5: {
      const snippet = pick(snippets, random);
      return (
        text.slice(0, at) + (oneIn(6, random) ? snippet.repeat(300) : snippet) + text.slice(at)
      );
    }
    case 6:
      return text.slice(0, at) + text.slice(at + 1 + random.nextInt(8));
    case 7:
      return text.slice(0, at) + pick([...text, ' '], random) + text.slice(at + 1);
    case 8:
      return oneIn(3, random) ? text.slice(0, at) : text.replaceAll('\n', pick(ENDS, random));
    default:
      return `${text.slice(0, at)}${String.fromCharCode(random.nextInt(256))}${text.slice(at)}`;
  }
}

const WORD = /[\w.+-]+/g;
const ENDS = ['\r\n', '\r', '\n\n', ' \n', '\u2028'];

function wordReplaced(text: string, random: RandomStream, by: (word: string) => string): string {
  const found = [...text.matchAll(WORD)];
  if (found.length === 0) return text;
  const { index, 0: word } = pick(found, random);
  return text.slice(0, index) + by(word) + text.slice(index + word.length);
}

function nearby(word: string, words: readonly string[], random: RandomStream): string {
  const number = Number(word);
  if (word === '' || !Number.isFinite(number) || oneIn(2, random)) return pick(words, random);
  const near = [number + 1, number - 1, -number, number * 1000, number / 7, 0];
  return String(pick(near, random));
}

function changedLines(text: string, random: RandomStream): string {
  const lines = text.split('\n');
  const at = random.nextInt(lines.length);
  const line = lines[at] ?? '';
  const other = random.nextInt(lines.length);
  switch (random.nextInt(6)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(other, 0, line);
      break;
    case 2:
      lines[at] = lines[other] ?? '';
      lines[other] = line;
      break;
    case 3:
      lines[at] = ` ${line}`;
      break;
    case 4:
      lines[at] = line.replace(/^ {1,2}/, '');
      break;
    default:
      lines.splice(at, 2, line + (lines[at + 1] ?? ''));
  }
  return lines.join('\n');
}
