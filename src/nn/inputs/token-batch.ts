/** Rows [first, first + count) of the vocabulary. */
export interface TokenRange {
  readonly first: number;
  readonly count: number;
}

/** A batch shape: B rows of T positions. */
export interface BatchShape {
  readonly B: number;
  readonly T: number;
  /**
   * Most positions that a batch of this kind scores: head and loss are then computed for so many
   * rows only. Part of the compiled shape, so it must not vary from batch to batch. Absent: B*T.
   */
  readonly scoredLimit?: number;
  /**
   * The only tokens that are predicted: all targets lie in it, and logits of no others are computed.
   * The softmax is over these. `first * width` must be a multiple of 64 elements. Absent: all.
   */
  readonly head?: TokenRange;
}

/** Token ids and targets of B sequences of T positions. Target -100 = not scored. */
export interface Batch extends BatchShape {
  /** u32[B*T], padded at the end of each row. */
  readonly ids: Uint32Array;
  /** i32[B*T]. */
  readonly targets: Int32Array;
  /**
   * Sequences as pairs [start, end) in the B*T rows, rising: padded rows hold one, packed rows
   * several. What no segment covers is padding. Absent: B sequences of T positions.
   */
  readonly segments?: Uint32Array;
}
