import { AppError } from '../../../src/core/errors.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import type { Experiment } from '../../../src/lab/experiment/experiment-types.ts';
import { LiveMerge, type ProbeResult } from '../../../src/lab/run/live-merge.ts';
import type { LabStore } from '../../../src/lab/checkpoints/lab-store.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';
import { NewestFirst } from './newest-first.ts';

/** What a probe works on. */
export interface ProbeTask {
  readonly experiment: Experiment;
  /** Of the experiment's merges. */
  readonly merge: string;
  readonly dataset: Dataset;
  readonly executor: Executor;
  /** Asked for once by all probes of the same cells. */
  readonly openStore: () => Promise<LabStore>;
}

/** Probes, the newest first; the cells of the last one stay loaded for the next. */
export class ProbeQueue {
  private live: { readonly key: string; readonly merge: LiveMerge } | null = null;
  private readonly turns = new NewestFirst('probe');

  /** @param open is called when it is the probe's turn @errors aborted, and those of the probe */
  async probe(open: () => Promise<ProbeTask>): Promise<ProbeResult> {
    return this.turns.run(async (signal) => {
      const task = await open();
      signal.throwIfAborted();
      return this.run(task, signal);
    });
  }

  /** Stops probes and frees their memory: the executor is needed for something else. */
  async end(): Promise<void> {
    await this.turns.end();
    this.forget(true);
  }

  /** After the loss of the device nothing can be freed. */
  forget(isAlive = false): void {
    if (isAlive) this.live?.merge.destroy();
    this.live = null;
  }

  private async run(
    { experiment, merge, dataset, executor, openStore }: ProbeTask,
    signal: AbortSignal,
  ): Promise<ProbeResult> {
    const plan = experiment.merges.find(({ name }) => name === merge);
    if (plan === undefined) {
      throw new AppError('invalid-argument', `The document has no merge "${merge}".`);
    }
    const key = LiveMerge.keyOf(experiment) + dataset.digest;
    if (this.live?.key !== key) {
      this.forget(true);
      const clock = () => performance.now();
      const store = await openStore();
      signal.throwIfAborted();
      this.live = { key, merge: new LiveMerge(experiment, { executor, store, dataset, clock }) };
    }
    return this.live.merge.probe(plan, signal);
  }
}
