import { toAppError, type Fault } from '../../core/errors.ts';
import { itemTexts } from '../../rec/text/item-text.ts';
import {
  combineLeakage,
  rowLeakage,
  sampleLeakage,
  testTargetLeakage,
  type LeakageReport,
} from '../../rec/rows/leakage.ts';
import { testSamples, trainingSamples } from '../../rec/data/split.ts';
import { contextStatistics, type ContextStatistics } from '../../rec/data/statistics.ts';
import { trainingRows } from '../../rec/rows/training-rows.ts';
import type { Dataset, DomainData } from '../../rec/data/types.ts';
import { showPath, type LocatedDocument } from '../../io/yaml/located-yaml.ts';
import type { Experiment, StagePlan } from '../experiment/experiment-types.ts';
import { deriveSeed } from './job-context.ts';
import { prepareDomain } from './prepare-domain.ts';
import { period } from '../experiment/titles.ts';

export interface DataInspection {
  readonly contexts: readonly ContextStatistics[];
  /** Interactions of the future found in training data; must be 0. */
  readonly leaks: number;
  readonly notes: readonly string[];
  /** What makes a run impossible: a domain that is empty, has no test user or too many items. */
  readonly faults: readonly Fault[];
}

type PlaceOf = LocatedDocument['placeOf'];

/** What else a paradigm asks of a domain's data, and says of them. */
export interface DomainChecks {
  readonly faults: (experiment: Experiment, data: DomainData, placeOf: PlaceOf) => readonly Fault[];
  readonly notes: (experiment: Experiment, dataset: Dataset, data: DomainData) => readonly string[];
}

/**
 * Filters and splits every domain as a run would, counts it, and looks for leaks.
 * @param placeOf where a key stands in the document, for the faults of keys that do not fit the data
 */
export function inspectData(
  experiment: Experiment,
  dataset: Dataset,
  placeOf: PlaceOf = showPath,
  { faults: ownFaults, notes: ownNotes }: Partial<DomainChecks> = {},
): DataInspection {
  const contexts: ContextStatistics[] = [];
  const leakage: LeakageReport[] = [];
  const notes: string[] = [];
  const faults: Fault[] = [];
  const { filter } = experiment.contexts;
  for (const domain of experiment.contexts.domains) {
    try {
      const { data, report } = prepareDomain(dataset, { domain, ...filter });
      const kept = report.after.interactions;
      if (kept < report.before.interactions) {
        notes.push(
          `${domain}: the filter keeps ${String(kept)} of ${String(report.before.interactions)} interactions.`,
        );
      }
      contexts.push(statisticsOf(experiment, data));
      if (experiment.base.text !== null) faults.push(...textFaults(data, placeOf));
      faults.push(...validationFaults(experiment, data, placeOf));
      faults.push(...(ownFaults?.(experiment, data, placeOf) ?? []));
      notes.push(...(ownNotes?.(experiment, dataset, data) ?? []));
      leakage.push(leakageOf(experiment, data, faults, placeOf));
    } catch (thrown) {
      const { message, hint, faults: places } = toAppError(thrown);
      faults.push({ place: `data ${domain}`, message: `${message} ${hint}`.trim() }, ...places);
    }
  }
  const leaks = combineLeakage(leakage);
  notes.push(...leaks.faults.map(({ place, message }) => `Leak: ${place}: ${message}`));
  return { contexts, leaks: leaks.count, notes, faults };
}

function splitOf(experiment: Experiment, stage: StagePlan) {
  const { stages, history, minEarlier, maxPretrainTargets } = experiment.contexts;
  const maxTargets = stage === stages[0] ? maxPretrainTargets : null;
  return { history, minEarlier, maxTargets, seed: deriveSeed(experiment.seeds[0] ?? 0, 'targets') };
}

/** One domain in numbers, period by period. */
export function statisticsOf(experiment: Experiment, data: DomainData): ContextStatistics {
  const { stages, test, history, minEarlier } = experiment.contexts;
  const [first] = stages;
  return contextStatistics(
    data,
    { stages, test },
    (stage) => splitOf(experiment, stages.find(({ name }) => name === stage.name) ?? first),
    { history, minEarlier },
  );
}

/** A base of texts reads every item. */
function textFaults(data: DomainData, placeOf: PlaceOf): Fault[] {
  try {
    itemTexts(data);
    return [];
  } catch (thrown) {
    const { message, faults } = toAppError(thrown);
    return [{ place: placeOf(['base', 'source']), message }, ...faults];
  }
}

/** Every model is measured on the validation window, too: without users a run would end there. */
function validationFaults(
  { contexts: { validation, history, minEarlier } }: Experiment,
  data: DomainData,
  placeOf: PlaceOf,
): Fault[] {
  if (validation === null) return [];
  try {
    testSamples(data, period(validation), { history, minEarlier });
    return [];
  } catch (thrown) {
    const { message, hint } = toAppError(thrown);
    return [{ place: placeOf(['contexts', 'validation']), message: `${message} ${hint}`.trim() }];
  }
}

function leakageOf(
  experiment: Experiment,
  data: DomainData,
  faults: Fault[],
  placeOf: PlaceOf,
): LeakageReport {
  const { stages, history, minEarlier } = experiment.contexts;
  const test = period(experiment.contexts.test);
  const tested = testSamples(data, test, { history, minEarlier });
  const reports = [sampleLeakage(data, test, tested)];
  for (const [index, stage] of stages.entries()) {
    const split = splitOf(experiment, stage);
    const rows = trainingRows(data, stage, { ...split, score: stage.training.score });
    if (rows.length === 0 && stage.training.epochs > 0) {
      const message = `"${data.domain}" has nothing to train on in "${stage.name}".`;
      faults.push({ place: placeOf(['contexts', 'stages', index]), message });
    }
    reports.push(
      rowLeakage(data, stage, rows),
      sampleLeakage(data, stage, trainingSamples(data, stage, split)),
      testTargetLeakage(data, test, tested, rows),
    );
  }
  return combineLeakage(reports);
}
