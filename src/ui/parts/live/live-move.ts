/** A control of the live lab was moved: to a place of an axis, or to shares of three models. */
export interface LiveMove {
  readonly axis: string;
  readonly at: readonly number[];
  /** While it is dragged, or for good. */
  readonly phase: 'drag' | 'release';
}

export class LiveMoveEvent extends CustomEvent<LiveMove> {
  static readonly type = 'live-move';

  constructor(move: LiveMove) {
    super(LiveMoveEvent.type, { detail: move, bubbles: true, composed: true });
  }
}
