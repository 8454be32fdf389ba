import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import type { LabStore } from '../../../src/lab/checkpoints/lab-store.ts';
import type { Experiment } from '../../../src/lab/experiment/experiment-types.ts';
import { isJobOf, type JobOf } from '../../../src/lab/job/job.ts';
import type { Plan } from '../../../src/lab/plan/plan.ts';
import { asArtefact, evaluationArtefact } from '../../../src/lab/results/artefacts.ts';
import {
  Recommendations,
  type RecommendChoices,
  type RecommendParts,
} from '../../../src/lab/run/recommendations.ts';
import type { Draw } from '../../../src/lab/recommending/recommendation.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';

/** A finished run. */
export interface FinishedRun {
  readonly experiment: Experiment;
  readonly dataset: Dataset;
  readonly plan: Plan;
  readonly store: LabStore;
}

export function partsOf({ experiment, dataset, store }: FinishedRun): RecommendParts {
  return { experiment, dataset, store, imported: null, now: () => 0 };
}

/** Customers that are asked about. */
const ASKED = 3;

/** A model's evaluation as it is stored. */
async function measured({ plan, store }: FinishedRun, model: string, domain: string) {
  const job = plan.jobs.find(
    (one): one is JobOf<'evaluate'> =>
      isJobOf(one, 'evaluate') && one.label.model === model && one.settings.domain === domain,
  );
  if (job === undefined) throw new Error(`${model} is not measured on ${domain}`);
  const stored: unknown = await store.getArtefact(job.id);
  const { ranks = [] } = asArtefact(evaluationArtefact, stored, 'evaluation');
  return { ranks, isMasked: job.settings.maskHistory === true };
}

/** Lists of the first customers of Books against the ranks that the run has stored. */
export async function checkLists(run: FinishedRun, executor: Executor): Promise<RecommendChoices> {
  const asking = new Recommendations();
  const { signal } = new AbortController();
  const choices = await asking.choices(partsOf(run), 'Books');
  const { customers, titles, longest } = choices;
  expect(longest).toBe(run.experiment.contexts.history);
  // The other shop's model is measured on fewer customers, drawn from these.
  const models = ['Books/phase2', 'average', 'Games/phase2'];
  const stored = await Promise.all(models.map((model) => measured(run, model, 'Books')));
  expect(customers).toHaveLength(stored[0]?.ranks.length ?? 0);
  for (const [at, { taken, history }] of customers.slice(0, ASKED).entries()) {
    const question = { domain: 'Books', models, customer: { at } };
    const answers = await asking.answers(partsOf(run), question, executor, signal);
    expect(answers.map(({ model }) => model)).toEqual(models);
    answers.forEach(({ recommendation: { items, rank, score, reason } }, place) => {
      const { ranks = [], isMasked = false } = stored[place] ?? {};
      if (models[place] !== 'Games/phase2') expect(rank).toBe(ranks[at]);
      expect(items.length).toBeGreaterThan(0);
      const shown = items.findIndex(({ item }) => item === taken[0]) + 1;
      expect(shown).toBe((rank ?? 0) <= items.length ? rank : 0);
      const sign = score.best === 'highest' ? -1 : 1;
      const values = items.map((one) => one.score);
      expect(values).toEqual(values.toSorted((a, b) => sign * (a - b)));
      expect(items.every(({ item }) => (titles[item] ?? '') !== '')).toBe(true);
      if (reason?.shape === 'draws') checkDraws(reason.draws);
      if (isMasked) expect(items.filter(({ item }) => history.includes(item))).toEqual([]);
    });
  }
  return choices;
}

/** As many as the documents of the tests ask for. */
function checkDraws(draws: readonly Draw[]): void {
  expect(draws.reduce((sum, { times }) => sum + times, 0)).toBe(2);
  for (const { nearest } of draws) {
    const similarities = nearest.map(({ similarity }) => similarity);
    expect(similarities).toHaveLength(3);
    expect(similarities).toEqual(similarities.toSorted((a, b) => b - a));
    expect(similarities.every((one) => Math.abs(one) <= 1 + 1e-9)).toBe(true);
  }
}
