import type { DomainData } from '../../rec/data/types.ts';
import type { RankAnswers, RunAnswers, Asked } from '../results/answers.ts';
import type { BaselineArtefact, EvaluationArtefact, HybridArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import type { ResultRow } from '../results/results.ts';
import type { JobContext } from './job-context.ts';
import { testUsers } from './test-users.ts';

/** What a job measured, user by user. */
export interface JobAnswers extends RunAnswers {
  /** Models whose answers an older build did not store. */
  readonly withoutAnswers: readonly string[];
}

/** The ranks of one evaluation. */
export function evaluationAnswers(
  job: JobOf<'evaluate'>,
  { ranks, otherRanks }: EvaluationArtefact,
  { domainData }: JobContext,
): JobAnswers {
  const { label, settings, inputs, seed } = job;
  const asked = askedUsers(domainData(settings.domain), settings);
  const answers: RankAnswers = {
    ...{ type: 'ranks', asked: asked.key, cutoffs: settings.cutoffs, ranks },
    ...{ modelId: inputs.model, model: label.model, kind: label.kind, own: label.own, seed },
    recipeHash: recipeOf(label, inputs.model),
    ...(otherRanks !== undefined && { otherRanks }),
  };
  return { asked: [asked], models: [answers], withoutAnswers: [] };
}

/** The ranks of a model with co-occurrence, which has an id of its own. */
export function hybridAnswers(
  { id, label, settings, seed }: JobOf<'hybrid'>,
  { ranks, otherRanks }: HybridArtefact,
  { domainData }: JobContext,
): JobAnswers {
  const asked = askedUsers(domainData(settings.domain), settings);
  const { model, kind, own } = label;
  const answers: RankAnswers = {
    ...{ type: 'ranks', asked: asked.key, cutoffs: settings.cutoffs, ranks, modelId: id },
    ...{ model, kind, own, seed, recipeHash: '' },
    ...(otherRanks !== undefined && { otherRanks }),
  };
  return { asked: [asked], models: [answers], withoutAnswers: [] };
}

/** The ranks of the baselines of one domain. */
export function baselineAnswers(
  { id, settings, seed }: JobOf<'baseline'> | JobOf<'item-transformer'> | JobOf<'sasrec'>,
  { baselines }: BaselineArtefact,
  { domainData }: JobContext,
): JobAnswers {
  const { cutoffs } = settings;
  const asked = askedUsers(domainData(settings.domain), settings);
  return {
    asked: [asked],
    models: baselines.flatMap(({ name, ranks, otherRanks }): RankAnswers[] => {
      if (ranks === undefined) return [];
      const who = {
        modelId: id,
        model: name,
        kind: 'baseline',
        recipeHash: '',
        own: true,
      } as const;
      const others = otherRanks === undefined ? {} : { otherRanks };
      return [{ type: 'ranks', asked: asked.key, cutoffs, ranks, ...others, ...who, seed }];
    }),
    withoutAnswers: baselines.flatMap(({ name, ranks }) => (ranks === undefined ? [name] : [])),
  };
}

/** SHA-256 prefix of a merge's recipe; '' for other kinds. */
export function recipeOf({ kind }: Pick<ResultRow, 'kind'>, modelId: string): string {
  return kind === 'merge' ? modelId.slice(0, 12) : '';
}

function askedUsers(
  data: DomainData,
  settings: Parameters<typeof testUsers>[1] & { readonly split?: 'validation' },
): Asked {
  const { test, split = 'test', users, sampling } = settings;
  const { samples } = testUsers(data, settings);
  return {
    key: JSON.stringify([data.domain, test.name, split, users, sampling]),
    ...{ domain: data.domain, period: test.name, split },
    users: samples.map(({ user }) => data.userIds[user] ?? ''),
    items: samples.map(({ target }) => data.itemIds[target] ?? ''),
  };
}
