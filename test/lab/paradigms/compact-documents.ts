import type { Executor } from '../../../src/compute/executor.ts';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { Experiment } from '../../../src/lab/experiment/experiment-types.ts';
import type { OpenedBase } from '../../../src/lab/checkpoints/opened-base.ts';
import { withImportedBase } from '../../../src/lab/inspection/with-imported-base.ts';
import type { StoredCheckpoint } from '../../../src/lab/checkpoints/lab-store.ts';
import type { Job } from '../../../src/lab/job/job.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { runPlan, type PlanOutcome } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyWith } from '../document/documents.ts';

const MERGES = `merges:
  - { name: average, over: domains, method: simple_average }
  - { name: ties, over: domains, method: ties, base: pretrain-mean }
  - { name: velocity, over: periods, method: velocity, parameters: { alpha: 0.05 } }
`;

/** The tiny document with the compact form, from one random start, with other pieces replaced too. */
export function compactText(
  replacements: Readonly<Record<string, string>> = {},
  merges = MERGES,
  base = '{ source: none }',
): string {
  return tinyWith({
    'base: { epochs: 1 }': `semanticId: { form: compact }\nbase: ${base}`,
    'pretrain: { epochs: 1 }': 'pretrain: { epochs: 3, learningRate: 0.01 }',
    [MERGES]: merges,
    ...replacements,
  });
}

export interface CompactRun {
  readonly experiment: Experiment;
  readonly dataset: Dataset;
  readonly plan: Plan;
  readonly store: StoredResults;
  readonly outcome: PlanOutcome;
  /** The only job of that title. */
  readonly job: (title: string) => Job;
  readonly checkpoint: (title: string) => Promise<StoredCheckpoint>;
}

export function newStore(): StoredResults {
  const checkpoints = new CheckpointStore(new MemoryStore());
  return new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
}

/** Plans and runs a document in a store of its own. */
export async function runText(
  text: string,
  executor: Executor,
  store = newStore(),
  imported: OpenedBase | null = null,
): Promise<CompactRun> {
  const experiment = withImportedBase(experimentFrom(text), imported?.model ?? null);
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, dataset.digest);
  const { signal } = new AbortController();
  const outcome = await runPlan(plan, {
    ...{ experiment, dataset, executor, store, signal, imported },
    now: () => 0,
    emit: () => undefined,
  });
  const job = (title: string) => {
    const [found, second] = plan.jobs.filter((one) => one.title === title);
    if (found === undefined || second !== undefined) throw new Error(`jobs "${title}"`);
    return found;
  };
  const checkpoint = async (title: string) => {
    const stored = await store.getCheckpoint(job(title).id);
    if (stored === null) throw new Error(`nothing stored of "${title}"`);
    return stored;
  };
  return { experiment, dataset, plan, store, outcome, job, checkpoint };
}
