import { toAppError } from '../../../core/errors.ts';
import { alignVocabularies } from '../../../rec/behaviour/align-behaviour.ts';
import type { BehaviourDomain, VocabularyNames } from '../../../rec/behaviour/behaviour-types.ts';
import { checkAligned, describeAlignment } from '../../../rec/behaviour/check-aligned.ts';
import { contextStatistics, type ContextStatistics } from '../../../rec/data/statistics.ts';
import type { Dataset } from '../../../rec/data/types.ts';
import { behaviourConfig, behaviourDataOf, clickDomainData } from './behaviour-source.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import type { Inspection } from '../contract/paradigm.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { importedBehaviour } from './behaviour-import.ts';
import type { DiscriminativePlan } from './behaviour-options.ts';
import { period } from '../../experiment/titles.ts';

/** Cuts sequences and impressions as a run would, and counts them. */
export function inspectClicks(experiment: Experiment, dataset: Dataset): Inspection {
  const plan = paradigmPlan(experiment, 'discriminative');
  try {
    const { vocabulary, domains } = behaviourDataOf(experiment, plan, dataset);
    const { contexts, model } = experiment;
    const { numbers, moments, attention } = plan;
    const head = { numbers, moments, attention };
    return {
      contexts: domains.map((clicks) => statisticsOf(experiment, plan, dataset, clicks)),
      // Samples are cut by position: a sequence ends before its user's first impression.
      leaks: 0,
      notes: [...alignmentNotes(experiment, vocabulary), ...domains.flatMap(notesOf)],
      faults: [],
      behaviour: behaviourConfig(model, vocabulary, contexts.history, head),
    };
  } catch (thrown) {
    const { message, hint, faults } = toAppError(thrown);
    const first = { place: 'data', message: `${message} ${hint}`.trim() };
    return { contexts: [], leaks: 0, notes: [], faults: [first, ...faults], behaviour: null };
  }
}

/** What becomes of the rows of an imported model. @errors data-invalid when there are none left */
function alignmentNotes({ base }: Experiment, vocabulary: VocabularyNames): string[] {
  if (base.behaviour === undefined) return [];
  const { vocabulary: given } = importedBehaviour(base.behaviour);
  const tables = alignVocabularies(given, vocabulary);
  checkAligned(tables);
  return [`Imported base: ${describeAlignment(tables)}. New rows start at random.`];
}

/** Counts of the log by period; a period's samples are the impressions of its window. */
function statisticsOf(
  { contexts }: Experiment,
  plan: DiscriminativePlan,
  dataset: Dataset,
  { domain, report }: BehaviourDomain,
): ContextStatistics {
  const data = clickDomainData(contexts.filter, plan, dataset, domain);
  const { stages, test, history, minEarlier } = contexts;
  const schedule = { stages: stages.map(period), test: period(test) };
  const split = { history, minEarlier };
  const counted = contextStatistics(
    data,
    schedule,
    () => ({ ...split, maxTargets: 0, seed: 0 }),
    split,
  );
  const samplesOf = (name: string) =>
    report.windows.find((window) => window.name === name)?.samples ?? 0;
  return {
    ...counted,
    periods: counted.periods.map((one) => ({ ...one, samples: samplesOf(one.name) })),
  };
}

function notesOf({ domain, report }: BehaviourDomain): string[] {
  const { windows, sequences, pretrainTargets, shortUsers, features, negatives } = report;
  const counts = windows.map(
    ({ name, samples, positives, users, unseenCandidates }) =>
      `${name} ${String(samples)} impressions (${String(positives)} positive, ${String(users)} users, ` +
      `${String(unseenCandidates)} of candidates that pretraining never saw)`,
  );
  const unknown = features
    .filter(({ unknownItems }) => unknownItems > 0)
    .map(({ name, unknownItems }) => `${name} of ${String(unknownItems)} items`);
  return [
    `${domain}: ${counts.join('; ')}.`,
    `${domain}: pretraining predicts ${String(pretrainTargets)} items of ${String(sequences)} sequences; ` +
      `${String(shortUsers)} users have too few interactions.`,
    `${domain}: ${negatives}`,
    ...(unknown.length === 0 ? [] : [`${domain}: unknown ${unknown.join(', ')}.`]),
  ];
}
