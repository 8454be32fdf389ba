/**
 * JSON as it stands in a file from outside: objects are Maps, so that `__proto__` is a name like
 * any other, and numbers keep their text, so that a caller can tell 1 from 1.0 and 2⁵³+1.
 */
export type StrictJson =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly StrictJson[]
  | ReadonlyMap<string, StrictJson>;

/** A guard of its own, because `instanceof Map` alone would narrow to a map of `any`. */
export function isJsonObject(
  value: StrictJson | undefined,
): value is ReadonlyMap<string, StrictJson> {
  return value instanceof Map;
}

export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The value when it is written as a plain non-negative safe integer, else null. */
  asSize(): number | null {
    if (!/^(0|[1-9][0-9]*)$/.test(this.text)) return null;
    const value = Number(this.text);
    return Number.isSafeInteger(value) ? value : null;
  }
}

/** What is wrong with a JSON text; the caller wraps it into its own AppError. */
export class JsonFault extends Error {
  /** Character offset of the fault. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = 'JsonFault';
    this.at = at;
  }
}

const MAX_DEPTH = 32;
/** Numbers, names, lists and objects together; each takes a hundred times its two characters. */
const MAX_VALUES = 1_000_000;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Parses one JSON value; unlike JSON.parse it refuses duplicate names, nesting deeper than 32
 * and more than a million values.
 * @throws JsonFault
 */
export function parseStrictJson(text: string): StrictJson {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private readonly text: string;
  private at = 0;
  private values = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): StrictJson {
    if (depth > MAX_DEPTH) throw this.fault(`nested deeper than ${String(MAX_DEPTH)}`);
    this.values += 1;
    if (this.values > MAX_VALUES) throw this.fault(`more than ${String(MAX_VALUES)} values`);
    this.take(SPACE);
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      default:
        return this.word();
    }
  }

  end(): void {
    this.take(SPACE);
    if (this.at < this.text.length) throw this.fault('text after the end of the JSON value');
  }

  private object(depth: number): ReadonlyMap<string, StrictJson> {
    const fields = new Map<string, StrictJson>();
    this.at += 1;
    if (this.next('}')) return fields;
    do {
      this.take(SPACE);
      const name = this.string();
      if (fields.has(name)) throw this.fault(`the name ${JSON.stringify(name)} stands twice`);
      if (!this.next(':')) throw this.fault('":" expected');
      fields.set(name, this.value(depth + 1));
    } while (this.next(','));
    if (!this.next('}')) throw this.fault('"," or "}" expected');
    return fields;
  }

  private array(depth: number): readonly StrictJson[] {
    const items: StrictJson[] = [];
    this.at += 1;
    if (this.next(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.next(','));
    if (!this.next(']')) throw this.fault('"," or "]" expected');
    return items;
  }

  private string(): string {
    const start = this.at;
    if (this.text[start] !== '"') throw this.fault('a string in quotation marks expected');
    // A loop, because a regular expression would backtrack over a string of megabytes.
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    if (end >= this.text.length) throw this.fault('a string that does not end');
    try {
      const value: unknown = JSON.parse(this.text.slice(start, end + 1));
      this.at = end + 1;
      return String(value);
    } catch {
      throw this.fault('a string with a control character or a bad escape');
    }
  }

  private word(): StrictJson {
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    const number = this.take(NUMBER);
    if (number === null || number === '') throw this.fault('a JSON value expected');
    return new JsonNumber(number);
  }

  private next(character: string): boolean {
    this.take(SPACE);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return null;
    this.at = pattern.lastIndex;
    return match[0];
  }

  private fault(message: string): JsonFault {
    return new JsonFault(message, this.at);
  }
}

const WORDS: readonly (readonly [string, null | boolean])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
];
