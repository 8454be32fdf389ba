/** Numbers of a figure: what is drawn, shown as its table, and exported as CSV. */
export interface AnalysisTable {
  /** Names the file: `cosines`. */
  readonly id: string;
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
