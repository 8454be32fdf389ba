import type { Period } from '../../rec/data/types.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { period } from '../experiment/titles.ts';
import type { SettingsOf } from '../job/job.ts';
import type { PlannedMerge } from './chain.ts';
import type { PlanBuilder } from './plan-builder.ts';
import type { Ranking } from './ranking.ts';

const VALIDATION = { split: 'validation' } as const;

/** The windows a model is measured on in its own contexts, and how. */
export function windowSettings(
  { experiment, sampling }: PlanBuilder,
  ranking: Ranking,
  domain: string,
  users: number,
): { readonly where: string; readonly settings: SettingsOf<'evaluate'> }[] {
  const { beam, batchUsers, cutoffs } = experiment.evaluation;
  const mask = maskOf(experiment);
  const { test, validation } = experiment.contexts;
  const settings = (
    window: Period,
    split: Pick<SettingsOf<'evaluate'>, 'split'>,
  ): SettingsOf<'evaluate'> => ({
    domain,
    test: period(window),
    ...split,
    sampling,
    users,
    beam,
    batchUsers,
    cutoffs,
    ...mask,
    ...ranking.settings(experiment),
  });
  return [
    { where: domain, settings: settings(test, {}) },
    ...(validation === null
      ? []
      : [{ where: `${domain} validation`, settings: settings(validation, VALIDATION) }]),
  ];
}

/** Absent where it was not chosen, so that results from before there was a choice are found again. */
export function maskOf({ evaluation }: Experiment): { readonly maskHistory?: boolean } {
  const { maskHistory } = evaluation;
  return maskHistory === undefined ? {} : { maskHistory };
}

/** What a merge gets back where it is measured; a cell, and a merge elsewhere, nothing. */
export function restoring(place: PlannedMerge['own'][number] | undefined) {
  const restore = place?.restore;
  return {
    restore: restore === undefined ? {} : { restore },
    rows: restore === 'nothing' ? null : (place?.rows ?? null),
  };
}
