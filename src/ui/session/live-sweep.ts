import type { ProbeResult } from '../../../workers/lab/api.ts';
import type { MergeEntry } from '../document/document-edit.ts';
import {
  axisKey,
  cellsKey,
  entryAt,
  placesOf,
  TRIANGLE,
  trianglePoints,
  type LiveAxis,
  type LiveLayout,
} from '../document/live-axes.ts';
import { curveOf, pointAt, withPoint, type LiveCurves } from '../state/live-curves.ts';
import type { Store } from '../state/store.ts';
import { problemOf } from '../text/problem.ts';

interface Step {
  readonly axis: string;
  readonly at: readonly number[];
}

/**
 * Probes a merge along its axes, coarse to fine. A slider's probe makes the lab give up the point that is
 * on its way; it is asked again when the slider has its answer. One sweep at a time: a newer one ends it.
 */
export class LiveSweep {
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

  /** Begins the curves of this merge, or goes on with them; those of others stay as they are. */
  async start(entry: MergeEntry, layout: LiveLayout): Promise<void> {
    this.newest += 1;
    const own = this.newest;
    const cells = cellsKey(this.store.state.document.text);
    this.set({ ...this.curves, isRunning: true, problem: null });
    try {
      for (const { axis, at } of stepsOf(layout)) {
        const id = { cells, axis, key: axisKey(entry, axis) };
        if (pointAt(curveOf(this.curves, id), at) !== null) continue;
        const result = await this.point(entryAt(entry, axis, at), own);
        if (result === null) return;
        // Of a document that was edited meanwhile the next points would be those of other cells.
        if (cellsKey(this.store.state.document.text) !== cells) break;
        this.set(withPoint(this.curves, id, { at, result }));
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

  private get curves(): LiveCurves {
    return this.store.state.curves;
  }

  private set(curves: LiveCurves): void {
    this.store.dispatch({ type: 'ui-curves', curves });
  }
}

/** What the merge is about first, every axis coarse before any is fine. */
export function stepsOf({ main, more, touched }: LiveLayout): readonly Step[] {
  const axes = more.map(levelsOf);
  const finely = more.filter(({ id }) => id === touched).map(levelsOf);
  const [coarse = [], ...fine] = main === null ? [] : mainLevels(main);
  return [
    ...coarse,
    ...axes.flatMap(([first]) => first),
    ...fine.flat(),
    ...finely.flatMap(([, second]) => second),
  ];
}

function mainLevels(main: NonNullable<LiveLayout['main']>): readonly (readonly Step[])[] {
  if (main.id !== TRIANGLE) return levelsOf(main as LiveAxis);
  return trianglePoints().map((level) => level.map((at) => ({ axis: TRIANGLE, at })));
}

function levelsOf(axis: LiveAxis): readonly [readonly Step[], readonly Step[]] {
  const steps = (values: readonly number[]) =>
    values.map((value) => ({ axis: axis.id, at: [value] }));
  const { coarse, fine } = placesOf(axis);
  return [steps(coarse), steps(fine)];
}
