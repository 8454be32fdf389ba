/** Dense matrices in float64 for the spectral tests: rows × columns, row-major. */
export interface Dense {
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly number[];
}

export function dense(rows: number, columns: number, values: ArrayLike<number>): Dense {
  return { rows, columns, values: Array.from(values) };
}

export function product(a: Dense, b: Dense): Dense {
  const values = Array.from({ length: a.rows * b.columns }, (_, at) => {
    const [i, j] = [Math.floor(at / b.columns), at % b.columns];
    let sum = 0;
    for (let k = 0; k < a.columns; k++) {
      sum += (a.values[i * a.columns + k] ?? 0) * (b.values[k * b.columns + j] ?? 0);
    }
    return sum;
  });
  return { rows: a.rows, columns: b.columns, values };
}

export function flipped({ rows, columns, values }: Dense): Dense {
  const at = (i: number) => values[(i % rows) * columns + Math.floor(i / rows)] ?? 0;
  return { rows: columns, columns: rows, values: values.map((_, i) => at(i)) };
}

/** Orthogonal n × n matrix by Gram–Schmidt of `values`. */
export function orthogonal(n: number, values: ArrayLike<number>): Dense {
  const rows: number[][] = [];
  for (let i = 0; i < n; i++) {
    let row = Array.from({ length: n }, (_, j) => values[i * n + j] ?? 0);
    // Twice: once leaves an error of the size of the cancellation.
    for (let pass = 0; pass < 2; pass++) {
      for (const other of rows) {
        const dot = row.reduce((sum, value, j) => sum + value * (other[j] ?? 0), 0);
        row = row.map((value, j) => value - dot * (other[j] ?? 0));
      }
    }
    const norm = Math.hypot(...row);
    rows.push(row.map((value) => value / norm));
  }
  return { rows: n, columns: n, values: rows.flat() };
}
