import { Composer, isScalar, Lexer, Parser, visit } from 'yaml';
import type { CST, Document, LineCounter } from 'yaml';

/** Collections inside one another; what people write has about six. */
const MAX_DEPTH = 64;

/** A text that nests deeper than any document that means something. */
export class TooDeep extends Error {
  constructor() {
    super('nested too deeply');
    this.name = 'TooDeep';
  }
}

/**
 * The documents of a YAML text. The library's composer calls itself once a level, which overflows the
 * stack, and in Node 20 can end the process inside of a regular expression. Its lexer and parser do
 * not, so that depth is known before anything is composed.
 * @param options.forced one document even where the text holds none
 * @throws TooDeep
 */
export function composeYaml(
  text: string,
  lines: LineCounter,
  { merge, forced }: { readonly merge: boolean; readonly forced: boolean },
): Document.Parsed[] {
  const composer = new Composer({
    ...{ schema: 'core', merge, strict: true, prettyErrors: false },
    // Compares each key with all before it: `repeatedKeys` does it with a set.
    uniqueKeys: false,
  });
  return withoutStacks(
    () => [...composer.compose(tokens(text, lines), forced, text.length)] as Document.Parsed[],
  );
}

/**
 * The library makes an error for each fault, of which only the words are used: where its stack is not
 * written down, a text of nothing but faults takes a third of the time.
 */
function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function* tokens(text: string, lines: LineCounter): Generator<CST.Token, void> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    // A collection stands on the parser's stack beside its document.
    if (parser.stack.length > MAX_DEPTH + 1) throw new TooDeep();
  }
  yield* parser.end();
}

/** Where a key stands in its mapping for the second time. */
export function repeatedKeys(document: Document.Parsed): (number | undefined)[] {
  const found: (number | undefined)[] = [];
  visit(document, {
    Map: (_key, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push(key.range?.[0]);
        seen.add(key.value);
      }
    },
  });
  return found;
}
