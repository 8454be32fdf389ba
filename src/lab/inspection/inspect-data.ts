import { toAppError } from '../../core/errors.ts';
import type { Fault } from '../../core/errors.ts';
import { itemTexts } from '../../rec/text/item-text.ts';
import {
  combineLeakage,
  rowLeakage,
  sampleLeakage,
  testTargetLeakage,
} from '../../rec/rows/leakage.ts';
import type { LeakageReport } from '../../rec/rows/leakage.ts';
import { givenIdFaults } from '../../rec/semantic-ids/given-ids.ts';
import { testSamples, trainingSamples } from '../../rec/data/split.ts';
import { contextStatistics } from '../../rec/data/statistics.ts';
import type { ContextStatistics } from '../../rec/data/statistics.ts';
import { trainingRows } from '../../rec/rows/training-rows.ts';
import type { Dataset, DomainData } from '../../rec/data/types.ts';
import { showPath } from '../../io/located-yaml.ts';
import type { LocatedDocument } from '../../io/located-yaml.ts';
import type { Experiment, StagePlan } from '../document/experiment-types.ts';
import { idNotes } from './inspect-ids.ts';
import { deriveSeed } from '../jobs/job-context.ts';
import { prepareDomain } from '../jobs/prepare.ts';
import { period } from '../plan/titles.ts';

export interface DataInspection {
  readonly contexts: readonly ContextStatistics[];
  /** Interactions of the future found in training data; must be 0. */
  readonly leaks: number;
  readonly notes: readonly string[];
  /** What makes a run impossible: a domain that is empty, has no test user or too many items. */
  readonly faults: readonly Fault[];
}

type PlaceOf = LocatedDocument['placeOf'];

/**
 * Filters and splits every domain as a run would, counts it, and looks for leaks.
 * @param placeOf where a key stands in the document, for the faults of keys that do not fit the data
 */
export function inspectData(
  experiment: Experiment,
  dataset: Dataset,
  placeOf: PlaceOf = showPath,
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
      faults.push(...capacityFaults(experiment, data, placeOf));
      notes.push(...idNotes(experiment, dataset, data));
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

function statisticsOf(experiment: Experiment, data: DomainData): ContextStatistics {
  const { stages, test, history, minEarlier } = experiment.contexts;
  const [first] = stages;
  return contextStatistics(
    data,
    { stages, test },
    (stage) => splitOf(experiment, stages.find(({ name }) => name === stage.name) ?? first),
    { history, minEarlier },
  );
}

function capacityFaults(experiment: Experiment, data: DomainData, placeOf: PlaceOf): Fault[] {
  const { levels, codes, features } = experiment.ids;
  const items = data.itemIds.length;
  const faults: Fault[] = [];
  if (experiment.base.text !== null) faults.push(...textFaults(data, placeOf));
  if (experiment.paradigm.kind !== 'semantic-id') return faults;
  if (features === 'file') {
    for (const { place, message } of givenIdFaults(data, levels, codes)) {
      faults.push({ place: placeOf(['ids', 'features']), message: `${place}: ${message}` });
    }
    return faults;
  }
  const needsTitles = features === 'tfidf' || features === 'both';
  if (needsTitles && data.titles === null) {
    const message = `"${data.domain}" has no item titles: use co-occurrence.`;
    faults.push({ place: placeOf(['ids', 'features']), message });
  }
  if (codes ** levels < items) {
    const message = `${String(levels)} levels of ${String(codes)} codes cannot name the ${String(items)} items of "${data.domain}".`;
    faults.push({ place: placeOf(['ids', 'codes']), message });
  }
  if (items < codes) {
    const message = `"${data.domain}" has ${String(items)} items: too few for ${String(codes)} codes a level.`;
    faults.push({ place: placeOf(['ids', 'codes']), message });
  }
  return faults;
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
