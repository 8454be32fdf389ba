/** What a cell learns beside the plain sequences of ids; see `taskRows`. */
export interface TaskSettings {
  readonly alignment: number;
  readonly mixed: boolean;
  readonly textTokens: number;
  readonly splitSoftmax: boolean;
  readonly idWeight: number;
  /** Absent: rows that predict ids have batches of their own. */
  readonly batches?: 'mixed';
}
