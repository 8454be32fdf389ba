import Papa from 'papaparse';
import { AppError } from '../core/errors.ts';

export type Delimiter = ',' | '\t' | ';';

export interface CsvFormat {
  /** `auto`: tab if the first line has one, else semicolon if it has no comma, else comma. */
  readonly delimiter: Delimiter | 'auto';
  /** False where a quotation mark is an ordinary character, as in MIND's TSV files. */
  readonly quoted: boolean;
}

/** Characters one record may have; a quote that is never closed ends here, not in memory. */
export const MAX_RECORD_CHARS = 4 * 2 ** 20;

export interface CsvHandlers {
  /** Fields of a record and the line it starts on; blank lines are skipped. */
  readonly onRow: (fields: readonly string[], line: number) => void;
  /** A record whose quotes are malformed, instead of onRow. */
  readonly onFault: (message: string, line: number) => void;
}

/**
 * Reads CSV or TSV given as pieces of text (line ends already \n) and returns its delimiter.
 * Papa Parse splits the records; it streams Blobs only through FileReader, which Node lacks, so
 * each piece is parsed as a string and its last, perhaps incomplete record joins the next piece.
 * @errors data-invalid when a record is longer than MAX_RECORD_CHARS
 */
export async function readCsv(
  chunks: AsyncIterable<string>,
  name: string,
  format: CsvFormat,
  handlers: CsvHandlers,
): Promise<Delimiter> {
  let delimiter = format.delimiter === 'auto' ? null : format.delimiter;
  let pending = '';
  let line = 1;
  for await (const chunk of chunks) {
    pending += chunk;
    const nothingComplete = !chunk.includes('\n');
    if (!nothingComplete) {
      delimiter ??= delimiterOf(pending);
      const consumed = parseRecords(pending, delimiter, format.quoted, line, true, handlers);
      pending = pending.slice(consumed.chars);
      line = consumed.line;
    }
    if (pending.length > MAX_RECORD_CHARS) throw tooLong(name, line);
  }
  delimiter ??= delimiterOf(pending);
  if (pending !== '') parseRecords(pending, delimiter, format.quoted, line, false, handlers);
  return delimiter;
}

interface Consumed {
  readonly chars: number;
  readonly line: number;
}

/** Reports the records of `text`, without the last one when `holdLast`. */
function parseRecords(
  text: string,
  delimiter: Delimiter,
  quoted: boolean,
  firstLine: number,
  holdLast: boolean,
  handlers: CsvHandlers,
): Consumed {
  let chars = 0;
  let line = firstLine;
  let held: { fields: readonly string[]; fault: string | null; end: number } | null = null;
  const report = () => {
    if (held === null) return;
    const { fields, fault, end } = held;
    if (fault !== null) handlers.onFault(fault, line);
    else if (fields.length > 1 || (fields[0] ?? '').trim() !== '') handlers.onRow(fields, line);
    line += newlinesIn(text, chars, end);
    chars = end;
  };
  Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    ...(quoted ? {} : { fastMode: true }),
    step: ({ data, errors, meta }) => {
      report();
      held = { fields: data, fault: errors[0]?.message ?? null, end: meta.cursor };
    },
  });
  if (!holdLast) report();
  return { chars, line };
}

function delimiterOf(text: string): Delimiter {
  const end = text.indexOf('\n');
  const header = end < 0 ? text : text.slice(0, end);
  if (header.includes('\t')) return '\t';
  return header.includes(';') && !header.includes(',') ? ';' : ',';
}

function newlinesIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
    count += 1;
  }
  return count;
}

function tooLong(name: string, line: number): AppError {
  const message = `record longer than ${String(MAX_RECORD_CHARS)} characters`;
  return new AppError('data-invalid', `Line ${String(line)} of ${name} starts a ${message}.`, {
    hint: 'A quotation mark opened there may never be closed. Nothing was imported.',
    faults: [{ place: `${name}:${String(line)}`, message }],
  });
}
