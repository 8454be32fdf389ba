import { hashJson } from '../../core/hash.ts';
import { ENGINE_VERSION } from '../experiment/experiment-defaults.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { inputIds, type Draft, type Job } from '../job/job.ts';
import { jobModule } from '../jobs/job-list.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';
import type { PlannedSeed } from '../jobs/analyses/analysis-work.ts';
import { planAnalyses } from './plan-analysis.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import { planMerges } from './plan-merges.ts';
import { planSearches } from './plan-searches.ts';
import { type Chain } from '../planning/chain.ts';

/** Jobs in an order in which every job comes after its inputs. */
export interface Plan {
  readonly runId: string;
  readonly jobs: readonly Job[];
  /** Name and id of every checkpoint of the grid and of the merges. */
  readonly checkpoints: readonly { readonly name: string; readonly id: string }[];
}

/**
 * The experiment as a graph of jobs. A job's id is the SHA-256 of its kind, settings, inputs' ids,
 * seed and the engine version: an equal id means an equal result, whatever document it came from.
 * @param datasetDigest `Dataset.digest`
 */
export async function planExperiment(experiment: Experiment, datasetDigest: string): Promise<Plan> {
  const { builder, jobs, checkpoints } = newBuilder(experiment, datasetDigest);
  const paradigm = paradigmOf(experiment);
  const seeds: PlannedSeed[] = [];
  for (const seed of experiment.seeds) {
    const chain = await paradigm.planChain(builder, seed);
    const merges = [...(await planMerges(builder, chain)), ...(await planSearches(builder, chain))];
    await paradigm.planEvaluations(builder, chain, merges);
    seeds.push({ chain, merges });
  }
  await planAnalyses(builder, { seeds, jobs: [...jobs.values()] });
  const ordered = inOrder([...jobs.values()]);
  const runId = (await hashJson(ordered.map((job) => job.id))).slice(0, 12);
  return { runId, jobs: ordered, checkpoints };
}

/** What a live merge needs of a plan: the cells of the first seed. */
export async function chainOf(
  experiment: Experiment,
  datasetDigest: string,
): Promise<{
  readonly builder: PlanBuilder;
  readonly chain: Chain;
  /** Cells of a mean that a merge planned with this builder has as its base. */
  readonly jobs: ReadonlyMap<string, Job>;
}> {
  const { builder, jobs } = newBuilder(experiment, datasetDigest);
  const chain = await paradigmOf(experiment).planChain(builder, experiment.seeds[0] ?? 0);
  return { builder, chain, jobs };
}

function newBuilder(experiment: Experiment, dataset: string) {
  const jobs = new Map<string, Job>();
  const checkpoints: { name: string; id: string }[] = [];
  const { history, minEarlier } = experiment.contexts;
  const builder: PlanBuilder = {
    experiment,
    dataset,
    sampling: { history, minEarlier },
    async add(draft) {
      const id = await jobId(draft);
      if (!jobs.has(id)) jobs.set(id, { ...draft, id });
      return id;
    },
    nameCheckpoint: (name, id) => checkpoints.push({ name, id }),
  };
  return { builder, jobs, checkpoints };
}

function jobId(draft: Draft): Promise<string> {
  const { kind, seed, settings, inputs } = draft;
  return hashJson({ engine: ENGINE_VERSION, kind, seed, settings, inputs });
}

/** Topological order; among ready jobs the lowest rank first, then the order of planning. */
function inOrder(jobs: readonly Job[]): Job[] {
  const done = new Set<string>();
  const ordered: Job[] = [];
  const ranks = new Map(jobs.map((job) => [job.id, jobModule(job.kind).rank(job)]));
  const rank = ({ id }: Job) => ranks.get(id) ?? 0;
  let waiting = jobs;
  while (waiting.length > 0) {
    const ready = waiting.filter((job) => inputIds(job.inputs).every((id) => done.has(id)));
    const next = ready.reduce((best, job) => (rank(job) < rank(best) ? job : best));
    ordered.push(next);
    done.add(next.id);
    waiting = waiting.filter((job) => job !== next);
  }
  return ordered;
}

export function jobIds({ jobs }: Plan): ReadonlySet<string> {
  return new Set(jobs.map(({ id }) => id));
}
