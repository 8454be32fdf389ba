import { AppError } from '../../core/errors.ts';
import { hashJson } from '../../core/hash.ts';
import type { Point, Axis } from '../../merge/search/axis.ts';
import { bestTrial } from '../merging/best-trial.ts';
import { paretoFront } from '../../merge/search/pareto.ts';
import { searchTrials, type StrategyName } from '../../merge/search/strategies.ts';
import {
  asArtefact,
  trialArtefact,
  searchArtefact,
  type SearchArtefact,
  type SearchTrial,
  type TrialArtefact,
} from '../results/artefacts.ts';
import { ENGINE_VERSION } from '../experiment/experiment-defaults.ts';
import type { JobOf, SettingsOf } from '../job/job.ts';
import { originOf } from '../work/provenance.ts';
import { parametersOfPoint } from '../merging/search-point.ts';
import { deriveSeed, type JobContext } from '../work/job-context.ts';
import { TrialRunner } from './trial.ts';
import { defineJob } from '../work/define-job.ts';
import type { MergeSettings } from './merge.ts';
import { searchSummary } from '../work/search-rows.ts';
import type { WeightShape } from '../../merge/weight-shapes.ts';
import type { SearchPlan } from '../experiment/experiment-types.ts';

/** Where a trial of a search is measured: a domain, with the checkpoints as its merge sees them. */
export interface SearchPlace {
  readonly domain: string;
  /** Of `inputs.models`, in the order in which the method takes them. */
  readonly models: readonly number[];
  /** Of `inputs.bases`; null: the method has none. */
  readonly base: number | null;
  /** Of `inputs.models`: whose id rows are restored. */
  readonly rows: number | null;
  /** On validation and test window, as an evaluation of its own would be. */
  readonly evaluations: readonly SettingsOf<'evaluate'>[];
}

/** Looks for the best numbers of a merge. */
export interface SearchSettings extends MergeSettings {
  readonly weights?: WeightShape;
  /** Of the models, in the order of `inputs.models`. */
  readonly labels: readonly string[];
  readonly axes: readonly Axis[];
  readonly strategy: StrategyName;
  readonly budget: number;
  readonly patience: number | null;
  readonly objective: SearchPlan['objective'];
  readonly split: 'validation' | 'test';
  readonly places: readonly SearchPlace[];
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly search: MakesArtefact<
      SearchSettings,
      {
        readonly models: readonly string[];
        readonly bases: readonly string[];
        /** One a place. */
        readonly data: readonly string[];
        /** One a place; absent in paradigms without ids. */
        readonly ids?: readonly string[];
        readonly tokenizer?: string;
        readonly embedder?: string;
      },
      { readonly name: string }
    >;
  }
}

/**
 * Tries merges until the strategy, the budget or the patience ends. Every trial is a result of its
 * own under the hash of what it depends on, so that a search that was stopped goes on, and searches
 * share what they have in common. The best one is chosen on `settings.split`; other windows are
 * measured and shown beside it.
 */
export async function search(job: JobOf<'search'>, context: JobContext): Promise<SearchArtefact> {
  const { settings } = job;
  const { axes, strategy, budget, patience } = settings;
  const runner = new TrialRunner(job, context);
  const trials: SearchTrial[] = [];
  // Where patience counts from: equal scores are no progress.
  let highest = 0;
  let ended: SearchArtefact['ended'] = 'strategy';
  try {
    const asked = searchTrials(strategy, axes, deriveSeed(job.seed, `search/${strategy}`));
    for (let next = asked.next(); next.done !== true;) {
      const trial = await tried(job, context, runner, next.value);
      trials.push(trial);
      if (trial.score > (trials[highest]?.score ?? -Infinity)) highest = trials.length - 1;
      context.trials(searchSummary(job), [trial], trials.length - 1);
      context.progress(trials.length, budget, 'trials');
      if (trials.length >= budget) ended = 'budget';
      else if (patience !== null && trials.length - 1 - highest >= patience) ended = 'patience';
      else {
        next = asked.next(trial.score);
        continue;
      }
      break;
    }
  } finally {
    runner.destroy();
  }
  const best = Math.max(0, bestTrial(trials));
  return { trials, best, front: frontOf(job, trials, best), ended, origin: originOf(context) };
}

/** Trials that no other one beats on all domains, where the search asks for them; `best` stands for its equals. */
function frontOf(
  { settings }: JobOf<'search'>,
  trials: readonly SearchTrial[],
  best: number,
): number[] {
  if (settings.objective.domains !== 'pareto') return [];
  const order = [best, ...trials.flatMap((_, index) => (index === best ? [] : [index]))];
  const front = paretoFront(
    order.map((index) =>
      (trials[index]?.values ?? [])
        .filter(({ split }) => split === settings.split)
        .map(({ value }) => value),
    ),
  );
  return front.map((place) => order[place] ?? 0).sort((a, b) => a - b);
}

async function tried(
  job: JobOf<'search'>,
  context: JobContext,
  runner: TrialRunner,
  point: Point,
): Promise<SearchTrial> {
  const { settings, inputs } = job;
  const { method, gradients, labels, axes, places, objective, split } = settings;
  const parameters = parametersOfPoint(settings, labels, axes, point);
  const id = await hashJson({
    engine: ENGINE_VERSION,
    kind: 'trial',
    seed: job.seed,
    settings: { method, parameters, gradients, places },
    inputs,
  });
  const stored = await storedTrial(context, id);
  const result = stored ?? (await runner.run(parameters));
  if (stored === null) await context.store.putArtefact(id, 'trial', result);
  const values = result.results.flatMap(({ domain, split: where, metrics }) => {
    const own = metrics.find((one) => one.metric === objective.metric && one.k === objective.k);
    if (own === undefined) return [];
    const { value, standardError, n } = own;
    return [{ domain, split: where, value, standardError, n }];
  });
  const scored = values.filter((one) => one.split === split);
  const score = scored.reduce((sum, { value }) => sum + value, 0) / scored.length;
  const named = Object.fromEntries(axes.map(({ key }, index) => [key, point[index] ?? 0]));
  return { id, point: named, parameters, score, values };
}

/** null when there is none, or a damaged one. */
async function storedTrial(context: JobContext, id: string): Promise<TrialArtefact | null> {
  try {
    const stored: unknown = await context.store.getArtefact(id);
    return stored === null ? null : asArtefact(trialArtefact, stored, 'a trial of a search');
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'checkpoint-corrupt') throw error;
    context.note(
      `Warning: a trial of a search is run again: what was stored was lost. ${error.message}`,
    );
    return null;
  }
}

export const searchJob = defineJob({
  kind: 'search',
  rank: 6,
  makes: searchArtefact,
  run: search,
  retell: (job, { trials }, context) => {
    context.trials(searchSummary(job), trials, 0);
  },
});
