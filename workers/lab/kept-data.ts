import { datasetOf } from '../../src/lab/experiment/experiment-dataset.ts';
import type { Experiment } from '../../src/lab/experiment/experiment-types.ts';
import type { Dataset } from '../../src/rec/data/types.ts';

/** Data of experiments. Simulated ones are kept: the page inspects the same document again and again. */
export class KeptData {
  private simulated: { readonly key: string; readonly dataset: Dataset } | null = null;

  /** @errors data-missing when the experiment reads files and none were imported */
  async of(experiment: Experiment, imported: Dataset | null): Promise<Dataset> {
    if ('importer' in experiment.data) return datasetOf(experiment, imported);
    const { data, contexts } = experiment;
    const { domains, stages, test, validation } = contexts;
    const key = JSON.stringify([data, domains, stages, test, validation]);
    if (this.simulated?.key !== key) {
      this.simulated = { key, dataset: await datasetOf(experiment, null) };
    }
    return this.simulated.dataset;
  }
}
