import { experimentFrom } from '../../src/lab/document/experiment.ts';
import type { Experiment } from '../../src/lab/experiment/experiment-types.ts';
import { planDigest } from '../../src/lab/inspection/inspect-experiment.ts';
import { withImportedBase } from '../../src/lab/inspection/with-imported-base.ts';
import { jobIds, planExperiment, type Plan } from '../../src/lab/plan/plan.ts';
import type { Dataset } from '../../src/rec/data/types.ts';
import type { Executor } from '../../src/compute/executor.ts';
import type { RunResults } from './api.ts';
import type { HeldBase } from './held-base.ts';
import type { HeldStorage } from './held-storage.ts';
import { KeptData } from './kept-data.ts';
import type { ProbeTask } from './queues/probe-queue.ts';

interface DocumentParts {
  readonly base: HeldBase;
  readonly storage: HeldStorage;
  readonly executor: () => Promise<Executor>;
  readonly now: () => number;
}

/** What a document's text becomes in the lab: an experiment with its base, its data, its plan. */
export class LabDocuments {
  private readonly parts: DocumentParts;
  private readonly data = new KeptData();

  constructor(parts: DocumentParts) {
    this.parts = parts;
  }

  /** @errors experiment-invalid, and where the base does not fit */
  experimentOf(text: string): Experiment {
    return withImportedBase(experimentFrom(text), this.parts.base.opened?.model ?? null);
  }

  /** @errors data-missing */
  dataOf(experiment: Experiment, imported: Dataset | null): Promise<Dataset> {
    return this.data.of(experiment, imported);
  }

  /** A document's plan, and what it is run with. */
  async planned(experiment: Experiment, imported: Dataset | null, results: RunResults) {
    const { base, storage, now } = this.parts;
    const dataset = await this.dataOf(experiment, imported);
    const plan = await planOf(experiment, dataset);
    const isShown = results === 'shown';
    const store = isShown ? (await storage.shown(idsOf(plan))).store : await storage.results();
    return { plan, store, experiment, dataset, imported: base.opened, now };
  }

  /** What works without a plan. */
  async opened(text: string, imported: Dataset | null) {
    const experiment = this.experimentOf(text);
    const dataset = await this.dataOf(experiment, imported);
    const store = await this.parts.storage.results();
    return { experiment, dataset, executor: await this.parts.executor(), store };
  }

  async probeTask(text: string, imported: Dataset | null, merge: string): Promise<ProbeTask> {
    const experiment = this.experimentOf(text);
    const dataset = await this.dataOf(experiment, imported);
    const openStore = async () => {
      const plan = await planOf(experiment, dataset);
      return (await this.parts.storage.shown(idsOf(plan))).store;
    };
    return { experiment, dataset, merge, executor: await this.parts.executor(), openStore };
  }
}

async function planOf(experiment: Experiment, dataset: Dataset): Promise<Plan> {
  return planExperiment(experiment, await planDigest(experiment, dataset));
}

function idsOf(plan: Plan): string[] {
  return [...jobIds(plan)];
}
