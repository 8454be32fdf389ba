/**
 * Where the rows of a matrix come from: row r is the mean of the picks from `ends[r − 1]` to
 * `ends[r]`. One pick is that row as it is, none are zeros. Rows behind the last of `ends` are
 * padding, the mean of all others.
 */
export interface RowMap {
  readonly ends: Uint32Array<ArrayBuffer>;
  /** By pick: the number of a table, and the row in it. */
  readonly tables: Uint16Array<ArrayBuffer>;
  readonly rows: Uint32Array<ArrayBuffer>;
}

/** A row of a table. */
export interface RowPick {
  readonly table: number;
  readonly row: number;
}

/** @param picks of every row, in order */
export function rowMap(picks: readonly (readonly RowPick[])[]): RowMap {
  const ends = new Uint32Array(picks.length);
  let count = 0;
  picks.forEach((own, row) => (ends[row] = count += own.length));
  const [tables, rows] = [new Uint16Array(count), new Uint32Array(count)];
  let at = 0;
  for (const { table, row } of picks.flat()) {
    tables[at] = table;
    rows[at++] = row;
  }
  return { ends, tables, rows };
}

/** The picks of rows [first, end) alone, counted from the first. */
export function rowsOfMap({ ends, tables, rows }: RowMap, first: number, end: number): RowMap {
  const start = ends[first - 1] ?? 0;
  const own = ends.slice(first, end);
  const last = own.at(-1) ?? start;
  return {
    ends: own.map((one) => one - start),
    tables: tables.slice(start, last),
    rows: rows.slice(start, last),
  };
}

/** The mean of rows, added in float64 in their order; of none it is zeros. */
export function meanOfRows(
  rows: readonly Float32Array<ArrayBuffer>[],
  width: number,
): Float32Array<ArrayBuffer> {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return only;
  return Float32Array.from({ length: width }, (_, c) =>
    rows.length === 0 ? 0 : rows.reduce((sum, row) => sum + (row[c] ?? 0), 0) / rows.length,
  );
}

/**
 * Elements of the sections in which columns are summed, whole rows; sums of sections are added in
 * order. It depends on the width alone, so that ranges find the same sums wherever they are cut.
 */
export function columnSection(width: number): number {
  return Math.max(1, Math.floor(COLUMN_SECTION_ELEMENTS / Math.max(1, width))) * Math.max(1, width);
}

const COLUMN_SECTION_ELEMENTS = 2 ** 19;

/** The mean of all rows of a matrix, which padding takes. */
export function paddingRow(
  values: Float32Array,
  rows: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const total = new Float64Array(width);
  const step = columnSection(width);
  for (let start = 0; start < rows * width; start += step) {
    const sums = new Float64Array(width);
    const end = Math.min(start + step, rows * width);
    for (let at = start; at < end; at += width) {
      for (let c = 0; c < width; c++) sums[c] = (sums[c] ?? 0) + (values[at + c] ?? 0);
    }
    for (let c = 0; c < width; c++) total[c] = (total[c] ?? 0) + (sums[c] ?? 0);
  }
  return meanFromSums(total, rows);
}

export function meanFromSums(
  sums: Float64Array | Uint32Array,
  rows: number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(sums, (sum) => sum / rows);
}
