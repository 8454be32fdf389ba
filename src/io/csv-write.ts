import { AppError } from '../core/errors.ts';

export type CsvCell = string | number | boolean | null;

/**
 * RFC 4180 text (CRLF, quotes where needed). A *string* that a spreadsheet would take for a
 * formula gets a leading apostrophe, so such text is not exact here; use JSON for that. Numbers
 * are exempt by type, not by look. `null` is an empty cell.
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
  const guarded = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
