import Papa from 'papaparse';
import { AppError } from '../core/errors.ts';

export type Delimiter = ',' | '\t' | ';';

export interface CsvFormat {
  /** `auto`: tab if the first line has one, else semicolon if it has no comma, else comma. */
  readonly delimiter: Delimiter | 'auto';
  /**
   * Whether fields may stand in quotation marks, as RFC 4180 has it; false where a mark is an
   * ordinary character, as in MIND's TSV files. `auto`: commas and semicolons quote, tabs only
   * where every name of the first line stands in quotation marks.
   */
  readonly quoted: boolean | 'auto';
}

/** The dialect a file was read in. */
export interface CsvDialect {
  readonly delimiter: Delimiter;
  readonly quoted: boolean;
}

/** What a record of more than one line is without its quotation marks. */
export interface LineSpan {
  /** Fields of each line by itself. */
  readonly widths: readonly number[];
}

/** Characters one record may have; a quote that is never closed ends here, not in memory. */
export const MAX_RECORD_CHARS = 4 * 2 ** 20;

export interface CsvHandlers {
  /** Fields of a record and the line it starts on; blank lines are skipped. */
  readonly onRow: (fields: readonly string[], line: number, span: LineSpan | null) => void;
  /** A record whose quotes are malformed, instead of onRow, with the lines it takes. */
  readonly onFault: (message: string, line: number, lines: number) => void;
}

/**
 * Reads CSV or TSV given as pieces of text (line ends already \n) and returns its dialect.
 * Papa Parse splits the records; it streams Blobs only through FileReader, which Node lacks, so
 * each piece is parsed as a string and its last, perhaps incomplete record joins the next piece.
 * @errors data-invalid when a record is longer than MAX_RECORD_CHARS
 */
export async function readCsv(
  chunks: AsyncIterable<string>,
  name: string,
  format: CsvFormat,
  handlers: CsvHandlers,
): Promise<CsvDialect> {
  let dialect: CsvDialect | null = null;
  let pending = '';
  let line = 1;
  for await (const chunk of chunks) {
    pending += chunk;
    const nothingComplete = !chunk.includes('\n');
    if (!nothingComplete) {
      dialect ??= dialectOf(pending, format);
      const consumed = parseRecords(pending, dialect, line, true, handlers);
      pending = pending.slice(consumed.chars);
      line = consumed.line;
    }
    if (pending.length > MAX_RECORD_CHARS) throw tooLong(name, line);
  }
  dialect ??= dialectOf(pending, format);
  if (pending !== '') parseRecords(pending, dialect, line, false, handlers);
  return dialect;
}

interface Consumed {
  readonly chars: number;
  readonly line: number;
}

/** Reports the records of `text`, without the last one when `holdLast`. */
function parseRecords(
  text: string,
  { delimiter, quoted }: CsvDialect,
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
    const newlines = newlinesIn(text, chars, end);
    const lines = newlines + (text[end - 1] === '\n' ? 0 : 1);
    if (fault !== null) handlers.onFault(fault, line, lines);
    else if (fields.length > 1 || (fields[0] ?? '').trim() !== '') {
      handlers.onRow(fields, line, lines > 1 ? spanOf(text.slice(chars, end), delimiter) : null);
    }
    line += newlines;
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

function spanOf(record: string, delimiter: Delimiter): LineSpan {
  const lines = record.replace(/\n$/, '').split('\n');
  return { widths: lines.map((line) => line.split(delimiter).length) };
}

function dialectOf(text: string, format: CsvFormat): CsvDialect {
  const [header = ''] = text.replace(/^(?:[ \r]*\n)+/, '').split('\n', 1);
  const delimiter = format.delimiter === 'auto' ? delimiterOf(header) : format.delimiter;
  if (format.quoted !== 'auto') return { delimiter, quoted: format.quoted };
  const quoted = delimiter !== '\t' || header.split('\t').every(isQuoted);
  return { delimiter, quoted };
}

/** Whether a field stands in quotation marks as a whole. */
export function isQuoted(field: string): boolean {
  return field.length > 1 && field.startsWith('"') && field.endsWith('"');
}

function delimiterOf(header: string): Delimiter {
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
