import { AppError } from '../../core/errors.ts';
import { simulateDataset } from '../../rec/simulator/simulator.ts';
import type { SimulatorOptions } from '../../rec/simulator/simulator-options.ts';
import type { Dataset, Period } from '../../rec/data/types.ts';
import type { SimulatorSection } from './data-section.ts';
import type { Experiment } from './experiment-types.ts';
import { period } from './titles.ts';

/**
 * The experiment's data: simulated, or as they were imported.
 * @errors data-missing when the experiment reads files and none were imported
 */
export async function datasetOf(
  experiment: Experiment,
  imported: Dataset | null,
): Promise<Dataset> {
  const { data } = experiment;
  if ('importer' in data) {
    if (imported !== null) return imported;
    throw new AppError(
      'data-missing',
      'The experiment reads its data from files; none are given.',
      {
        hint: `Import the files first (importer: ${data.importer}). Nothing was run.`,
      },
    );
  }
  return simulateDataset(simulatorOptions(experiment, data));
}

/** What the simulator is asked for. */
export function simulatorOptions(
  { contexts }: Experiment,
  { source: _, ...numbers }: SimulatorSection,
): SimulatorOptions {
  const { domains, test, validation } = contexts;
  return {
    ...numbers,
    domains,
    schedule: { stages: activePeriods(contexts), test: period(test) },
    ...(validation !== null && { validation: period(validation) }),
  };
}

/** The stages; nothing is trained on in the validation window, but users are active there, too. */
function activePeriods({ stages, validation }: Experiment['contexts']): Period[] {
  return stages.map((stage, index) => {
    const isLast = index === stages.length - 1;
    const endMs = isLast && validation !== null ? validation.endMs : stage.endMs;
    return { ...period(stage), endMs };
  });
}
