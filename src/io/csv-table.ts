import { AppError } from '../core/errors.ts';
import { readCsv } from './csv.ts';
import type { CsvFormat, Delimiter } from './csv.ts';
import type { FaultList } from './fault-list.ts';

export interface TableReport {
  readonly delimiter: Delimiter;
  /** Data records seen, with the faulty ones. */
  readonly rows: number;
}

/**
 * Reads a CSV or TSV with a header line and hands the wanted columns of every record to `onRow`,
 * in the order of `columns`; other columns are ignored. Records with a wrong number of fields or
 * broken quotes become faults.
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
  const delimiter = await readCsv(chunks, name, format, {
    onRow(fields, line) {
      if (places === null) {
        places = columnPlaces(name, line, fields, columns);
        width = fields.length;
        return;
      }
      rows += 1;
      if (fields.length !== width) {
        faults.add(
          `${name}:${String(line)}`,
          `${String(fields.length)} fields where the header has ${String(width)}`,
        );
        return;
      }
      onRow(
        places.map((place) => fields[place] ?? ''),
        line,
      );
    },
    onFault(message, line) {
      rows += 1;
      faults.add(`${name}:${String(line)}`, message);
    },
  });
  if (places === null) throw emptyFile(name);
  return { delimiter, rows };
}

/** @returns the error for a file with nothing in it, not even a header */
export function emptyFile(name: string): AppError {
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
