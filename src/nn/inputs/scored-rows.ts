import { NOT_SELECTED } from '../ops/select-rows.ts';

/**
 * The scored positions of a batch, for a head and loss that leave the others out. The arrays are
 * made once and filled anew for each batch.
 */
export class ScoredRows {
  /** u32[S]: rows that are scored, rising; row 0 where the batch has fewer. */
  readonly selected: Uint32Array<ArrayBuffer>;
  /** i32[S]: their targets; -100 where the batch has fewer. */
  readonly targets: Int32Array<ArrayBuffer>;
  /** u32[N]: where each row stands among the scored ones, or NOT_SELECTED. */
  readonly slots: Uint32Array<ArrayBuffer>;

  constructor(rows: number, limit: number) {
    this.selected = new Uint32Array(limit);
    this.targets = new Int32Array(limit);
    this.slots = new Uint32Array(rows);
  }

  /** @param targets i32[N], negative = not scored; at most S are scored (checked by the trainer) */
  fill(targets: Int32Array): void {
    let count = 0;
    this.selected.fill(0);
    this.targets.fill(-100);
    targets.forEach((target, row) => {
      this.slots[row] = target < 0 ? NOT_SELECTED : count;
      if (target < 0) return;
      this.selected[count] = row;
      this.targets[count] = target;
      count += 1;
    });
  }
}
