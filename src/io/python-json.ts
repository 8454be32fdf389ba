/*
 * Python writes numbers into JSON that JSON does not have: `Infinity` and `-Infinity` stand in
 * configurations of real models (a time step without a limit), and have to be there again in the
 * result.
 */

const WORD_OR_TEXT = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity\b/gs;

/** JSON with Python's infinities. NaN stays a fault: nothing is left of what it was. @throws SyntaxError */
export function parsePythonJson(text: string): unknown {
  if (!text.includes('Infinity')) return JSON.parse(text);
  const mark = freeMark(text);
  const marked = text.replace(WORD_OR_TEXT, (found) =>
    found.startsWith('"') ? found : `"${mark}${found}"`,
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
  ) as unknown;
}

/** The same, written again with an indent of two. */
export function printPythonJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  const mark = freeMark(text);
  let hasMarks = false;
  const marked = JSON.stringify(
    value,
    (_key, entry: unknown) => {
      if (entry !== Number.POSITIVE_INFINITY && entry !== Number.NEGATIVE_INFINITY) return entry;
      hasMarks = true;
      return `${mark}${String(entry)}`;
    },
    2,
  );
  return hasMarks ? marked.replace(new RegExp(`"${mark}(-?Infinity)"`, 'g'), '$1') : text;
}

/** Letters that do not occur in a text. */
function freeMark(text: string): string {
  let mark = 'number';
  while (text.includes(mark)) mark += 'x';
  return mark;
}
