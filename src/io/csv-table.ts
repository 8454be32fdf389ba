import { AppError } from '../core/errors.ts';
import { isQuoted, MAX_RECORD_CHARS, readCsv } from './csv.ts';
import type { CsvDialect, CsvFormat, LineSpan } from './csv.ts';
import type { FaultList } from './fault-list.ts';

export interface TableReport extends CsvDialect {
  /** Data records seen, with the faulty ones; of those, every line counts. */
  readonly rows: number;
  /** Records with a field of more than one line. */
  readonly spanning: {
    readonly records: number;
    readonly lines: number;
    /** The first of them; 0 without any. */
    readonly firstLine: number;
  };
  /** Wanted fields that stand in quotation marks which the dialect does not know. */
  readonly keptQuotes: number;
}

/**
 * Reads a CSV or TSV with a header line and hands the wanted columns of every record to `onRow`,
 * in the order of `columns`; other columns are ignored. Records with a wrong number of fields or
 * broken quotes become faults. So do records that a quotation mark joins out of lines which are
 * rows by themselves, unless the format says that the file quotes.
 * @errors data-invalid when the file is empty, a wanted column is missing, or one stands twice
 */
export async function readTable(
  chunks: AsyncIterable<string>,
  name: string,
  format: CsvFormat,
  columns: readonly string[],
  faults: FaultList,
  onRow: (values: readonly string[], line: number) => void,
): Promise<TableReport> {
  let places: readonly number[] | null = null;
  let width = 0;
  let rows = 0;
  let keptQuotes = 0;
  const spanning = { records: 0, lines: 0, firstLine: 0 };
  const addFault = (message: string, line: number, lines: number) => {
    rows += lines;
    const where = lines > 1 ? ` (lines ${String(line)}–${String(line + lines - 1)})` : '';
    faults.addLines(`${name}:${String(line)}`, `${message}${where}`, lines);
  };
  const dialect = await readCsv(chunks, name, format, {
    onRow(fields, line, span) {
      if (places === null) {
        places = columnPlaces(name, line, fields, columns);
        width = fields.length;
        return;
      }
      const lines = span?.widths.length ?? 1;
      if (format.quoted === 'auto' && span !== null && joinsRows(span, width)) {
        addFault('a quotation mark joins rows', line, lines);
        return;
      }
      if (fields.length !== width) {
        const message = `${String(fields.length)} fields where the header has ${String(width)}`;
        addFault(message, line, lines);
        return;
      }
      rows += 1;
      if (span !== null) {
        if (spanning.records === 0) spanning.firstLine = line;
        spanning.records += 1;
        spanning.lines += lines;
      }
      const values = places.map((place) => fields[place] ?? '');
      keptQuotes += values.filter(isQuoted).length;
      onRow(values, line);
    },
    onFault: addFault,
  });
  if (places === null) throw emptyFile(name);
  return { ...dialect, rows, spanning, keptQuotes: dialect.quoted ? 0 : keptQuotes };
}

/**
 * Whether every line of a record has all fields by itself: then the mark that holds it together
 * stands for itself, an inch or a forgotten half of a pair.
 */
function joinsRows({ widths }: LineSpan, width: number): boolean {
  return widths.every((own) => own === width);
}

/** Columns that a table names in its header line; none where it is empty. */
export async function tableColumns(
  chunks: AsyncIterable<string>,
  name: string,
  format: CsvFormat,
): Promise<readonly string[]> {
  let text = '';
  let header: RegExpExecArray | null = null;
  for await (const chunk of chunks) {
    text += chunk;
    header = /\S[^\n]*\n/.exec(text);
    if (header !== null || text.length > MAX_RECORD_CHARS) break;
  }
  const columns: string[] = [];
  const line = (header?.[0] ?? text.trim()).slice(0, MAX_RECORD_CHARS);
  const handlers = {
    onRow: (fields: readonly string[]) => {
      columns.push(...fields.map((field) => field.trim()));
    },
    onFault: () => undefined,
  };
  await readCsv(onePiece(line), name, format, handlers);
  return columns;
}

async function* onePiece(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text);
}

/** @returns the error for a file with nothing in it, not even a header */
function emptyFile(name: string): AppError {
  return new AppError('data-invalid', `${name} is empty.`, {
    hint: 'Check that the download finished. Nothing was imported.',
    faults: [{ place: `${name}:1`, message: 'no header line' }],
  });
}

function columnPlaces(
  name: string,
  line: number,
  header: readonly string[],
  wanted: readonly string[],
): readonly number[] {
  const found = header.map((column) => column.trim());
  const place = `${name}:${String(line)}`;
  const faults = wanted.flatMap((column) => {
    const count = found.filter((candidate) => candidate === column).length;
    if (count === 1) return [];
    return [
      { place, message: count === 0 ? `no column "${column}"` : `two columns named "${column}"` },
    ];
  });
  if (faults.length > 0) {
    throw new AppError(
      'data-invalid',
      `${name} lacks what is needed. Columns found: ${quotedList(found)}. ` +
        `Needed: ${quotedList(wanted)}.`,
      {
        hint: 'Rename the columns or map them in the experiment. Nothing was imported.',
        faults,
        details: { found, needed: [...wanted] },
      },
    );
  }
  return wanted.map((column) => found.indexOf(column));
}

function quotedList(names: readonly string[]): string {
  const shown = names.slice(0, 30).map((name) => `"${name.slice(0, 60)}"`);
  return shown.join(', ') + (names.length > 30 ? ', …' : '');
}
