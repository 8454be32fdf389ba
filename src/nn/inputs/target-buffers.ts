import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type BufferView, type DeviceBuffer } from '../../compute/executor.ts';
import type { SplitOperands } from '../ops/cross-entropy-split.ts';
import type { TokenRange } from './token-batch.ts';

/** Tokens of semantic ids: `levels` runs of `codes` tokens from `first` on. */
export interface TokenLevels {
  readonly first: number;
  readonly levels: number;
  readonly codes: number;
  /** What the loss of such a token counts beside that of another, which counts 1 (LC-Rec: 10). */
  readonly weight: number;
}

/**
 * Targets of the scored rows on the device, counted from the head's first token; with levels also
 * what each target competes with: the codes of its level, or for other tokens the whole head.
 */
export class TargetBuffers {
  readonly rows: number;
  readonly head: TokenRange;
  private readonly scope: BufferScope;
  private readonly levels: TokenLevels | null;
  private readonly targets: DeviceBuffer;
  private readonly values: Int32Array<ArrayBuffer>;
  private readonly split: {
    readonly ranges: DeviceBuffer;
    readonly weights: DeviceBuffer;
    readonly rowRanges: Uint32Array<ArrayBuffer>;
    readonly rowWeights: Float32Array<ArrayBuffer>;
  } | null;

  constructor(scope: BufferScope, rows: number, head: TokenRange, levels: TokenLevels | null) {
    this.scope = scope;
    this.rows = rows;
    this.head = head;
    this.levels = levels;
    this.targets = scope.allocate('targets', 'i32', rows);
    this.values = new Int32Array(rows);
    this.split =
      levels === null
        ? null
        : {
            ranges: scope.allocate('softmax ranges', 'u32', 2 * rows),
            weights: scope.allocate('loss weights', 'f32', rows),
            rowRanges: new Uint32Array(2 * rows),
            rowWeights: new Float32Array(rows),
          };
  }

  get operands(): { targets: BufferView; split?: SplitOperands } {
    const { split } = this;
    const targets = viewOf(this.targets);
    if (split === null) return { targets };
    return { targets, split: { ranges: viewOf(split.ranges), weights: viewOf(split.weights) } };
  }

  /** @param targets i32[rows], token ids; negative = not scored */
  upload(targets: Int32Array): void {
    const { executor } = this.scope;
    const { first } = this.head;
    targets.forEach((target, row) => (this.values[row] = target < 0 ? target : target - first));
    executor.write(this.targets, this.values);
    const { split } = this;
    if (split === null) return;
    this.fillSplit(targets, split.rowRanges, split.rowWeights);
    executor.write(split.ranges, split.rowRanges);
    executor.write(split.weights, split.rowWeights);
  }

  /** First and end of the tokens in the head that each target competes with, and its weight. */
  private fillSplit(targets: Int32Array, rowRanges: Uint32Array, rowWeights: Float32Array): void {
    const { head, levels } = this;
    if (levels === null) return;
    targets.forEach((target, row) => {
      const level = Math.floor((target - levels.first) / levels.codes);
      const isId = level >= 0 && level < levels.levels;
      const start = isId ? levels.first + level * levels.codes - head.first : 0;
      rowRanges[2 * row] = start;
      rowRanges[2 * row + 1] = start + (isId ? levels.codes : head.count);
      rowWeights[row] = isId ? levels.weight : 1;
    });
  }
}
