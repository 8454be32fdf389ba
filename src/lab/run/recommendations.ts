import type { Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { canonicalJson } from '../../core/hash.ts';
import type { Dataset } from '../../rec/data/types.ts';
import type { CheckpointSource, LabStore } from '../checkpoints/lab-store.ts';
import type { OpenedBase } from '../checkpoints/opened-base.ts';
import { PassingStore } from '../checkpoints/passing-store.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { planDigest } from '../inspection/inspect-experiment.ts';
import { inputIds, type Job } from '../job/job.ts';
import { jobModule } from '../jobs/job-list.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import { planExperiment, type Plan } from '../plan/plan.ts';
import { listAlone, rankedRecommender } from '../recommending/ranked-recommender.ts';
import type { AskedCustomer, Catalogue, Recommendation } from '../recommending/recommendation.ts';
import type { Recommender } from '../recommending/recommender.ts';
import type { JobContext } from '../work/job-context.ts';
import { jobContexts } from './job-contexts.ts';
import { NO_EXECUTOR } from './recall-plan.ts';

/** A model that can be asked in a domain. */
export interface AskableModel {
  readonly name: string;
  readonly role: 'base' | 'cell' | 'merge' | 'baseline';
  /** Of a merge: the models that it is made of, where they can be asked themselves. */
  readonly parents: readonly string[];
  /** Whether it is stored, or can be merged of what is. */
  readonly isReady: boolean;
}

/** Who can be asked about whom in one domain. */
export interface RecommendChoices extends Catalogue {
  readonly domain: string;
  readonly seed: number;
  readonly models: readonly AskableModel[];
}

export interface RecommendQuestion {
  readonly domain: string;
  readonly models: readonly string[];
  readonly customer: AskedCustomer;
}

export interface RecommendAnswer {
  readonly model: string;
  readonly recommendation: Recommendation;
}

/** What a document's models are asked with. */
export interface RecommendParts {
  readonly experiment: Experiment;
  readonly dataset: Dataset;
  readonly store: LabStore;
  readonly imported: OpenedBase | null;
  readonly now: () => number;
}

/** Customers that a list is made of; a sample of more is no better to leaf through. */
const MOST_CUSTOMERS = 1000;

type Contexts = (job: Job) => JobContext;

/**
 * Recommends to single customers with the models of a document, of its first seed: stored ones, and
 * merges that nobody has stored. What the data give is made once a document; nothing is written.
 */
export class Recommendations {
  private data: { readonly key: string; readonly contexts: Contexts } | null = null;
  private planned: { readonly key: string; readonly plan: Plan } | null = null;
  private readonly merged = new Map<string, CheckpointSource>();

  /** @errors experiment-invalid; invalid-argument for a domain without models */
  async choices(parts: RecommendParts, domain: string): Promise<RecommendChoices> {
    const { jobs, recommender, plan } = await this.asked(parts, domain);
    const first = wholeMeasurement(jobs);
    if (first === undefined) throw nothingAsked(domain);
    const finished = new Set(await parts.store.finishedOf(plan.jobs.map(({ id }) => id)));
    const byId = new Map(plan.jobs.map((job) => [job.id, job]));
    const nameOf = new Map([...jobs].map(([name, job]) => [modelOf(job), name]));
    const context = this.contexts(parts, plan, NO_EXECUTOR, new AbortController().signal)(first);
    const catalogue = recommender.catalogue(first, context);
    return {
      ...catalogue,
      customers: catalogue.customers.slice(0, MOST_CUSTOMERS),
      domain,
      seed: parts.experiment.seeds[0] ?? 0,
      models: inOrder(jobs).map(([name, job]) => {
        const made = byId.get(modelOf(job));
        const isMerge = made !== undefined && isMerging(made);
        const parents = isMerge ? inputIds(made.inputs) : [];
        return {
          name,
          role: roleOf(job),
          parents: parents.flatMap((id) => nameOf.get(id) ?? []),
          isReady: isReady(modelOf(job), byId, finished),
        };
      }),
    };
  }

  /**
   * What each model recommends, in the order of the question.
   * @errors checkpoint-missing, invalid-argument, non-finite, aborted, device-lost, limit-exceeded
   */
  async answers(
    parts: RecommendParts,
    { domain, models, customer }: RecommendQuestion,
    executor: Executor,
    signal: AbortSignal,
  ): Promise<RecommendAnswer[]> {
    const { jobs, recommender, plan } = await this.asked(parts, domain);
    const contexts = this.contexts(parts, plan, executor, signal);
    const of = wholeMeasurement(jobs);
    if (of === undefined) throw nothingAsked(domain);
    const answers: RecommendAnswer[] = [];
    for (const model of models) {
      // A merge of periods, or of a base of one domain, is one for each domain.
      const job = jobs.get(model) ?? jobs.get(`${model} (${domain})`);
      if (job === undefined) throw unknownModel(model, domain);
      await this.ensure(modelOf(job), plan, contexts);
      if (signal.aborted) throw new AppError('aborted', 'A newer question replaced this one.');
      answers.push({
        model,
        recommendation: await recommender.answer(job, contexts(job), customer, of),
      });
    }
    return answers;
  }

  /** Merges what is not stored, with what that takes. @errors checkpoint-missing */
  private async ensure(id: string, plan: Plan, contexts: Contexts): Promise<void> {
    const job = plan.jobs.find((one) => one.id === id);
    if (job === undefined) throw new AppError('internal', `The plan makes no model ${id}.`);
    const context = contexts(job);
    if ((await context.store.finishedOf([id])).length > 0) return;
    if (!isMerging(job)) throw notTrained(context.checkpointName(id));
    for (const input of inputIds(job.inputs)) await this.ensure(input, plan, contexts);
    await jobModule(job.kind).run(job, context);
  }

  /** By model the job that measures it in a domain, of what the plan measures or could. */
  private async asked(parts: RecommendParts, domain: string) {
    const { experiment } = parts;
    const plan = await this.planOf(parts);
    const { recommender: own, cells, document } = paradigmOf(experiment);
    const recommender =
      own ?? (cells === null ? null : rankedRecommender(cells.explain ?? listAlone(cells.rank)));
    if (recommender === null) {
      throw new AppError('invalid-argument', `Models of ${document.kind} recommend nothing.`);
    }
    return { plan, recommender, jobs: jobsByModel(plan, recommender, domain) };
  }

  /** The plan of the first seed: analyses and other seeds change none of its jobs. */
  private async planOf({ experiment, dataset }: RecommendParts): Promise<Plan> {
    const one = { ...experiment, seeds: experiment.seeds.slice(0, 1), analysis: [] };
    const digest = await planDigest(experiment, dataset);
    const key = canonicalJson({ ...one, name: '' }) + digest;
    if (this.planned?.key === key) return this.planned.plan;
    const plan = await planExperiment(one, digest);
    this.planned = { key, plan };
    return plan;
  }

  private contexts(
    parts: RecommendParts,
    plan: Plan,
    executor: Executor,
    signal: AbortSignal,
  ): Contexts {
    const { experiment, dataset, store, imported, now } = parts;
    const { contexts, data, paradigm } = experiment;
    const key = canonicalJson({ contexts, data, paradigm }) + dataset.digest;
    if (this.data?.key !== key) {
      // Without snapshots: nothing of a merge is kept.
      const options = {
        experiment,
        dataset,
        store: new PassingStore(store),
        imported,
        now,
        signal,
      };
      const made = jobContexts(
        plan,
        { ...options, executor, emit: () => undefined },
        () => undefined,
      );
      this.data = { key, contexts: made };
    }
    const { contexts: kept } = this.data;
    const names = new Map(plan.checkpoints.map(({ name, id }) => [id, name]));
    const checkpointName = (id: string) => names.get(id) ?? 'The model';
    const passing = new PassingStore(store, this.merged);
    // Who waits for one list is told of no progress.
    const progress = (): void => undefined;
    const fresh = {
      experiment,
      dataset,
      executor,
      imported,
      signal,
      now,
      checkpointName,
      progress,
    };
    return (job) => {
      return { ...kept(job), ...fresh, store: passing };
    };
  }
}

/** The one with all customers: a model is measured on fewer where it is not at home. */
function wholeMeasurement(jobs: ReadonlyMap<string, Job>): Job | undefined {
  const all = [...jobs.values()];
  return all.find((job) => 'label' in job && 'own' in job.label && job.label.own) ?? all[0];
}

/** Of a merge alone the result can be made while somebody waits. */
function isMerging(job: Job): boolean {
  const { model } = jobModule(job.kind);
  return model?.role === 'merge';
}

function isReady(
  id: string,
  jobs: ReadonlyMap<string, Job>,
  finished: ReadonlySet<string>,
): boolean {
  if (finished.has(id)) return true;
  const job = jobs.get(id);
  if (job === undefined || !isMerging(job)) return false;
  return inputIds(job.inputs).every((input) => isReady(input, jobs, finished));
}

const ROLES: readonly AskableModel['role'][] = ['base', 'cell', 'merge', 'baseline'];

function roleOf(job: Job): AskableModel['role'] {
  return 'label' in job && 'kind' in job.label ? job.label.kind : 'cell';
}

/** Base, cells, merges: as models come from each other. */
function inOrder(jobs: ReadonlyMap<string, Job>): (readonly [string, Job])[] {
  const places = [...jobs].map(([name, job]) => [name, job] as const);
  return places.sort((a, b) => ROLES.indexOf(roleOf(a[1])) - ROLES.indexOf(roleOf(b[1])));
}

function jobsByModel(
  { jobs }: Plan,
  recommender: Recommender,
  domain: string,
): ReadonlyMap<string, Job> {
  const byModel = new Map<string, Job>();
  for (const job of jobs) {
    const measured = recommender.measured(job);
    if (measured?.domain === domain) byModel.set(measured.model, job);
  }
  const [any] = byModel.values();
  if (any === undefined) return byModel;
  // A document that measures no cell elsewhere can still ask it there.
  for (const { id, cell } of jobs) {
    if (cell === null) continue;
    const name = `${cell.domain}/${cell.stage}`;
    if (!byModel.has(name)) byModel.set(name, recommender.ofModel(any, id));
  }
  return byModel;
}

function modelOf({ inputs }: Job): string {
  const model = 'model' in inputs ? inputs.model : undefined;
  if (model !== undefined) return model;
  throw new AppError('internal', 'A measurement without a model.');
}

function notTrained(name: string): AppError {
  return new AppError('checkpoint-missing', `${name} is not trained yet.`, {
    hint: 'Nothing was asked. Run the document first, or choose a model that is there.',
  });
}

function unknownModel(model: string, domain: string): AppError {
  return new AppError('invalid-argument', `No model "${model}" is measured on ${domain}.`, {
    hint: 'Nothing was asked. Choose one of the models of this document.',
  });
}

function nothingAsked(domain: string): AppError {
  return new AppError('invalid-argument', `No model of this document is measured on ${domain}.`, {
    hint: 'Choose another domain of the document.',
  });
}
