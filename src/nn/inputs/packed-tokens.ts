import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type BufferView } from '../../compute/executor.ts';
import type { TokenInput } from '../ops/embedding.ts';
import { fillSpans } from './spans.ts';
import { TokenSegments } from './token-segments.ts';

/**
 * Device copies of token ids, of the segments they form, and of their sort by token that the
 * embedding gradient needs. The host's arrays are made once and filled anew for each batch.
 */
export class PackedTokens {
  private readonly scope: BufferScope;
  private readonly buffers;
  private readonly segments: TokenSegments;
  private readonly rowSpans: Uint32Array;
  private readonly rowPlaces: Uint32Array;

  constructor(scope: BufferScope, rows: number, vocabulary: number) {
    this.scope = scope;
    this.segments = new TokenSegments(rows, vocabulary);
    const { pieces, merges } = this.segments;
    this.rowSpans = new Uint32Array(2 * rows);
    this.rowPlaces = new Uint32Array(rows);
    this.buffers = {
      ids: scope.allocate('token ids', 'u32', rows),
      positions: scope.allocate('token positions', 'u32', rows),
      pieces: scope.allocate('token pieces', 'u32', pieces.length),
      merges: scope.allocate('token merges', 'u32', merges.length),
      places: scope.allocate('places', 'u32', rows),
      spans: scope.allocate('row spans', 'u32', 2 * rows),
    };
  }

  get tokens(): TokenInput {
    const { ids, positions, pieces, merges } = this.buffers;
    const segments = {
      positions: viewOf(positions),
      pieces: viewOf(pieces),
      merges: viewOf(merges),
    };
    return { ids: viewOf(ids), segments };
  }

  /** u32[N]: position of each row in its segment. */
  get places(): BufferView {
    return viewOf(this.buffers.places);
  }

  /** u32[2N]: segment of each row. */
  get spans(): BufferView {
    return viewOf(this.buffers.spans);
  }

  /**
   * @param ids u32[N], each below the vocabulary
   * @param segments pairs [start, end), see `fillSpans`
   */
  upload(ids: Uint32Array, segments: Uint32Array): void {
    const { executor } = this.scope;
    fillSpans(segments, this.rowSpans, this.rowPlaces);
    this.segments.fill(ids, this.rowSpans);
    executor.write(this.buffers.ids, ids);
    executor.write(this.buffers.positions, this.segments.positions);
    executor.write(this.buffers.pieces, this.segments.pieces);
    executor.write(this.buffers.merges, this.segments.merges);
    executor.write(this.buffers.places, this.rowPlaces);
    executor.write(this.buffers.spans, this.rowSpans);
  }
}
