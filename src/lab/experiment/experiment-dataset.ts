import { AppError } from '../../core/errors.ts';
import { simulateDataset } from '../../rec/simulator/simulator.ts';
import type { Dataset, Period } from '../../rec/data/types.ts';
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
  const { data, contexts } = experiment;
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
  const { usersPerDomain, itemsPerDomain, interactionsPerUser, sharedUsers, existingItems, seed } =
    data;
  return simulateDataset({
    domains: contexts.domains,
    schedule: { stages: activePeriods(contexts), test: period(contexts.test) },
    usersPerDomain,
    itemsPerDomain,
    interactionsPerUser,
    sharedUsers,
    ...(existingItems !== undefined && { existingItems }),
    seed,
  });
}

/** The stages; nothing is trained on in the validation window, but users are active there, too. */
function activePeriods({ stages, validation }: Experiment['contexts']): Period[] {
  return stages.map((stage, index) => {
    const isLast = index === stages.length - 1;
    const endMs = isLast && validation !== null ? validation.endMs : stage.endMs;
    return { ...period(stage), endMs };
  });
}
