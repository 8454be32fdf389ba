import type { ProbeResult } from '../../../workers/lab/api.ts';
import type { MergeEntry } from '../document/document-edit.ts';
import {
  atWeight,
  cellsKey,
  comparedKey,
  SWEEP,
  sweepKey,
  sweptMerge,
} from '../document/weight-sweep.ts';
import type { Store } from '../state/store.ts';
import { withCurve, withPoint, type WeightCurves } from '../state/weight-curve.ts';
import { problemOf } from '../text/problem.ts';

/** Of the merge that a point of the curve asks about. */
const POINT_NAME = 'point';

/**
 * Probes a merge at weight after weight. A slider's probe makes the lab give up the point that is on
 * its way; it is asked again when the slider has its answer. One sweep at a time: a newer one ends it.
 */
export class WeightSweep {
  private readonly store: Store;
  private readonly ask: (entry: MergeEntry) => Promise<ProbeResult>;
  /** Resolves when no slider waits for a probe. */
  private readonly calm: () => Promise<unknown>;
  private newest = 0;

  constructor(
    store: Store,
    ask: (entry: MergeEntry) => Promise<ProbeResult>,
    calm: () => Promise<unknown>,
  ) {
    this.store = store;
    this.ask = ask;
    this.calm = calm;
  }

  /** Begins the curve of this merge, or goes on with it; where it has none the curves go. */
  async start(entry: MergeEntry): Promise<void> {
    const merge = sweptMerge(entry);
    this.newest += 1;
    if (merge === null) {
      this.set({ ...this.curves, shown: null, before: null, isRunning: false, problem: null });
      return;
    }
    const own = this.newest;
    const key = sweepKey(merge);
    const restore = typeof entry['restore'] === 'string' ? entry['restore'] : '';
    const cells = cellsKey(this.store.state.document.text);
    const started = { cells, key, group: comparedKey(merge), models: merge.models, restore };
    this.set(withCurve(this.curves, started));
    try {
      for (const weight of SWEEP) {
        if (this.has(weight)) continue;
        const result = await this.point(atWeight(merge, weight, POINT_NAME), own);
        if (result === null) return;
        // Of a document that was edited meanwhile the next points would be those of other cells.
        if (cellsKey(this.store.state.document.text) !== cells) break;
        this.set(withPoint(this.curves, key, weight, result));
      }
      if (own === this.newest) this.set({ ...this.curves, isRunning: false });
    } catch (error) {
      if (own === this.newest) {
        this.set({ ...this.curves, isRunning: false, problem: problemOf(error) });
      }
    }
  }

  /** Ends the sweep; points that are measured stay. */
  end(): void {
    this.newest += 1;
    if (this.curves.isRunning) this.set({ ...this.curves, isRunning: false });
  }

  /** null once another sweep is the newest. */
  private async point(entry: MergeEntry, own: number): Promise<ProbeResult | null> {
    for (;;) {
      await this.calm();
      if (own !== this.newest) return null;
      try {
        const result = await this.ask(entry);
        return own === this.newest ? result : null;
      } catch (error) {
        // A slider was faster.
        if (problemOf(error).code !== 'aborted') throw error;
      }
    }
  }

  private has(weight: number): boolean {
    return this.curves.shown?.points.some((point) => point.weight === weight) === true;
  }

  private get curves(): WeightCurves {
    return this.store.state.curves;
  }

  private set(curves: WeightCurves): void {
    this.store.dispatch({ type: 'ui-curves', curves });
  }
}
