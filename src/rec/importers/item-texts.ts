import { plainText } from './plain-text.ts';

/** Characters that a text may have. */
const MAX_CHARS = {
  titles: 300,
  // MMGRid's texts end at 64 tokens; no tokenizer here makes fewer of so many characters.
  descriptions: 1000,
  categories: 200,
} as const;

/** Characters looked at: a page of HTML is no title. */
const READ_CHARS = 20_000;

type TextKind = keyof typeof MAX_CHARS;

/** Makes plain lines of the items' texts and counts what was HTML in them. */
export class ItemTexts {
  private readonly decoded = new Map<TextKind, { count: number; example: string }>();

  /** One line of plain text of at most so many code points; '' for a missing text. */
  line(kind: TextKind, text: string | undefined): string {
    if (text === undefined) return '';
    const start = text.slice(0, READ_CHARS);
    const plain = plainText(start);
    const line = oneLine(plain, MAX_CHARS[kind]);
    if (plain !== start) this.count(kind, text, line);
    return line;
  }

  /** One sentence a kind of text, with the first example. */
  notes(domain: string): string[] {
    return [...this.decoded].map(
      ([kind, { count, example }]) =>
        `${domain}: HTML entities or tags in ${String(count)} ${kind} became plain text (${example}).`,
    );
  }

  private count(kind: TextKind, before: string, after: string): void {
    const known = this.decoded.get(kind);
    const example = known?.example ?? `"${excerpt(before, after)}" is "${excerpt(after, before)}"`;
    this.decoded.set(kind, { count: (known?.count ?? 0) + 1, example });
  }
}

/** A text around the first place where it differs from another. */
function excerpt(text: string, other: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  let same = 0;
  while (same < line.length && line[same] === other[same]) same += 1;
  const start = same < 20 ? 0 : same - 12;
  return (
    (start > 0 ? '…' : '') + line.slice(start, start + 40) + (start + 40 < line.length ? '…' : '')
  );
}

function oneLine(text: string, maxChars: number): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length <= maxChars ? line : [...line].slice(0, maxChars).join('');
}
