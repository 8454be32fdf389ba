import { AppError } from '../core/errors.ts';

/** Characters one line may have. */
const MAX_LINE_CHARS = 16 * 2 ** 20;

/**
 * Calls `onLine` for every line of a text given in pieces, without its \n; the first line is 1.
 * @errors data-invalid when a line is longer than `maxChars`
 */
export async function eachLine(
  chunks: AsyncIterable<string>,
  name: string,
  onLine: (text: string, line: number) => void,
  maxChars: number = MAX_LINE_CHARS,
): Promise<void> {
  let line = 1;
  let rest = '';
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      const text = rest + chunk.slice(start, end);
      rest = '';
      if (text.length > maxChars) throw tooLong(name, line, maxChars);
      onLine(text, line);
      line += 1;
      start = end + 1;
    }
    rest += chunk.slice(start);
    if (rest.length > maxChars) throw tooLong(name, line, maxChars);
  }
  if (rest !== '') onLine(rest, line);
}

function tooLong(name: string, line: number, maxChars: number): AppError {
  return new AppError(
    'data-invalid',
    `Line ${String(line)} of ${name} is longer than ${String(maxChars)} characters.`,
    {
      hint: 'Check that this is the right file and that its lines end with a line feed.',
      faults: [{ place: `${name}:${String(line)}`, message: 'line too long' }],
    },
  );
}
