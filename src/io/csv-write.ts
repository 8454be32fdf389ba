import { AppError } from '../core/errors.ts';

export type CsvCell = string | number | boolean | null;

/** One number or several, with spaces between them. */
const NUMBERS = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?( [+-]?\d+(\.\d+)?(e[+-]?\d+)?)*$/i;

/**
 * RFC 4180 text (CRLF, quotes where needed). A *string* that a spreadsheet would take for a
 * formula gets a leading apostrophe, so such text is not exact here; use JSON for that. White space
 * before the sign changes nothing: spreadsheets trim it. Numbers are exempt, as are strings of nothing but numbers and spaces (`-0.2 0.2`): there is no formula in
 * them, and programs that read the column want them as they are. `null` is an empty cell.
 * @errors non-finite for NaN and infinities, shape-mismatch for a row of another width
 */
export function writeCsv(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  const records = [header, ...rows].map((row, index) => {
    if (row.length !== header.length) {
      throw new AppError(
        'shape-mismatch',
        `Row ${String(index)} has ${String(row.length)} cells, the header ${String(header.length)}.`,
      );
    }
    return `${row.map((cell, column) => cellText(cell, header[column] ?? '', index)).join(',')}\r\n`;
  });
  return records.join('');
}

function cellText(cell: CsvCell, column: string, row: number): string {
  if (cell === null) return '';
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) {
      throw new AppError(
        'non-finite',
        `Column "${column}" of row ${String(row)} is ${String(cell)}.`,
        { hint: 'Write null where there is no value.' },
      );
    }
    return String(cell);
  }
  if (typeof cell === 'boolean') return cell ? 'true' : 'false';
  const isFormula = /^([\t\r\n]|\s*[=+\-@])/.test(cell) && !NUMBERS.test(cell);
  const guarded = isFormula ? `'${cell}` : cell;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
