import type { LocatedDocument } from '../../io/yaml/located-yaml.ts';
import type { Dataset } from '../../rec/data/types.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { DataFacts, Inspection } from '../paradigms/contract/paradigm.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';

/**
 * Filters and splits the data as a run would, counts them, and looks for leaks.
 * @param placeOf where a key stands in the document, for the faults of keys that do not fit the data
 */
export function inspectExperiment(
  experiment: Experiment,
  dataset: Dataset,
  placeOf?: LocatedDocument['placeOf'],
): Inspection {
  return paradigmOf(experiment).inspect(experiment, dataset, placeOf);
}

/** What stands for the data in job ids. */
export function planDigest(experiment: Experiment, dataset: Dataset): Promise<string> {
  return paradigmOf(experiment).digest(dataset);
}

/** Trainable parameters of a cell. @param facts what the inspected data say of its size */
export function modelSizeOf(experiment: Experiment, facts: DataFacts): number {
  return paradigmOf(experiment).parameters(experiment, facts);
}
