import { hashJson } from '../../core/hash.ts';
import type { Point } from '../../merge/search/axis.ts';
import { paretoFront } from '../../merge/search/pareto.ts';
import { searchTrials } from '../../merge/search/strategies.ts';
import { asArtefact, trialArtefact } from '../results/artefacts.ts';
import type { SearchArtefact, SearchTrial, TrialArtefact } from '../results/artefacts.ts';
import { ENGINE_VERSION } from '../document/experiment-defaults.ts';
import type { SearchJob } from '../plan/job.ts';
import { originOf } from '../run/provenance.ts';
import { parametersOfPoint } from '../plan/search-point.ts';
import { deriveSeed } from './job-context.ts';
import type { JobContext } from './job-context.ts';
import { TrialRunner } from './trial.ts';

/**
 * Tries merges until the strategy, the budget or the patience ends. Every trial is a result of its
 * own under the hash of what it depends on, so that a search that was stopped goes on, and searches
 * share what they have in common. The best one is chosen on `settings.split`; other windows are
 * measured and shown beside it.
 */
export async function search(job: SearchJob, context: JobContext): Promise<SearchArtefact> {
  const { settings } = job;
  const { axes, strategy, budget, patience } = settings;
  const runner = new TrialRunner(job, context);
  const trials: SearchTrial[] = [];
  let best = 0;
  let ended: SearchArtefact['ended'] = 'strategy';
  try {
    const asked = searchTrials(strategy, axes, deriveSeed(job.seed, `search/${strategy}`));
    for (let next = asked.next(); next.done !== true;) {
      const trial = await tried(job, context, runner, next.value);
      trials.push(trial);
      if (trial.score > (trials[best]?.score ?? -Infinity)) best = trials.length - 1;
      context.trials([trial], trials.length - 1);
      context.progress(trials.length, budget, 'trials');
      if (trials.length >= budget) ended = 'budget';
      else if (patience !== null && trials.length - 1 - best >= patience) ended = 'patience';
      else {
        next = asked.next(trial.score);
        continue;
      }
      break;
    }
  } finally {
    runner.destroy();
  }
  return { trials, best, front: frontOf(job, trials), ended, origin: originOf(context) };
}

/** Trials that no other one beats on all domains, where the search asks for them. */
function frontOf({ settings }: SearchJob, trials: readonly SearchTrial[]): number[] {
  if (settings.objective.domains !== 'pareto') return [];
  return paretoFront(
    trials.map(({ values }) =>
      values.filter(({ split }) => split === settings.split).map(({ value }) => value),
    ),
  );
}

async function tried(
  job: SearchJob,
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
  const stored: unknown = await context.store.getArtefact(id);
  return stored === null ? null : asArtefact(trialArtefact, stored, 'a trial of a search');
}
