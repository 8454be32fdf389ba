import type { Phase } from '../merge/merge-form-fields.ts';

/** A control of the live lab was moved: to a place of an axis, or to shares of three models. */
export interface LiveMove {
  readonly axis: string;
  readonly at: readonly number[];
  readonly phase: Phase;
}

export class LiveMoveEvent extends CustomEvent<LiveMove> {
  static readonly type = 'live-move';

  constructor(move: LiveMove) {
    super(LiveMoveEvent.type, { detail: move, bubbles: true, composed: true });
  }
}
