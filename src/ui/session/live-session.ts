import type { LabSession } from '../../../workers/client.ts';
import type { ProbeResult } from '../../../workers/lab/api.ts';
import { AppError } from '../../core/errors.ts';
import { withOnlyMerge, type MergeEntry } from '../document/document-edit.ts';
import type { LiveLayout } from '../document/live-axes.ts';
import { datasetFor, NO_PROBE } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';
import type { Store } from '../state/store.ts';
import { NO_CURVES } from '../state/live-curves.ts';
import { problemOf } from '../text/problem.ts';
import { LiveSweep } from './live-sweep.ts';

/** Of the merge that a probe asks about, in a copy of the document. */
const PROBE_NAME = 'probe';

/** Live merging: probes of sliders, and of a weight from end to end. */
export class LiveSession {
  private readonly store: Store;
  private readonly connection: () => LabSession | null;
  private readonly sweep: LiveSweep;
  private newest = 0;

  constructor(store: Store, connection: () => LabSession | null) {
    this.store = store;
    this.connection = connection;
    this.sweep = new LiveSweep(
      store,
      (entry) => this.ask(entry),
      () => this.calm(),
    );
  }

  /**
   * Asks for a probe of a merge; of several only the newest is answered. What goes wrong is shown
   * beside the numbers, because the next move of a slider may put it right.
   */
  async probe(entry: MergeEntry): Promise<void> {
    if (isBusy(this.store.state.run) || this.connection() === null) return;
    const start = performance.now();
    this.newest += 1;
    const own = this.newest;
    this.store.dispatch({ type: 'ui-probe', probe: { isRunning: true } });
    try {
      const result = await this.ask(entry);
      const roundTripMs = performance.now() - start;
      const isRunning = own !== this.newest;
      const probe = { isRunning, result, entry, roundTripMs, problem: null };
      this.store.dispatch({ type: 'ui-probe', probe });
    } catch (error) {
      // A newer one is on its way and will tell.
      if (own !== this.newest) return;
      const problem = problemOf(error);
      // By a run that began: nobody is at fault.
      const shown = problem.code === 'aborted' ? {} : { problem };
      this.store.dispatch({ type: 'ui-probe', probe: { isRunning: false, ...shown } });
    }
  }

  /** Draws the curves that this merge lies on, point by point. */
  curves(entry: MergeEntry, layout: LiveLayout): Promise<void> {
    return this.sweep.start(entry, layout);
  }

  async end(): Promise<void> {
    this.sweep.end();
    this.newest += 1;
    this.store.dispatch(
      { type: 'ui-probe', probe: NO_PROBE },
      { type: 'ui-curves', curves: NO_CURVES },
    );
    await this.connection()?.lab.endProbes();
  }

  private ask(entry: MergeEntry): Promise<ProbeResult> {
    const connection = this.connection();
    if (connection === null) {
      throw new AppError('worker-died', 'The engine is not running.', {
        hint: 'Press "Restart engine" in the bar below.',
      });
    }
    const text = withOnlyMerge(this.store.state.document.text, { ...entry, name: PROBE_NAME });
    return connection.lab.probeMerge(text, datasetFor(this.store.state), PROBE_NAME);
  }

  /** Until no slider waits for its answer and no run needs the machine. */
  private calm(): Promise<void> {
    const isCalm = (): boolean =>
      !this.store.state.probe.isRunning && !isBusy(this.store.state.run);
    if (isCalm()) return Promise.resolve();
    return new Promise((resolve) => {
      const unsubscribe = this.store.subscribe(() => {
        if (!isCalm()) return;
        unsubscribe();
        resolve();
      });
    });
  }
}
