import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { paradigmOfModel } from '../paradigms/paradigm-list.ts';
import type { JobContext } from '../work/job-context.ts';
import { unusableRows, type TrainedModel } from '../work/merge-statistics.ts';
import { trainJob } from './train.ts';

/**
 * A checkpoint of this experiment's data with the rows of its last training job, made again from
 * its settings.
 * @errors invalid-argument for checkpoints that no training job made, of other data or of a
 *   paradigm without rows of tokens; data-invalid and data-missing as in training
 */
export async function trainedModel(
  context: JobContext,
  { meta, parameters }: StoredCheckpoint,
): Promise<TrainedModel> {
  const { cells } = paradigmOfModel(meta);
  if (meta.kind !== trainJob.kind || meta.context === null || cells === null) {
    throw unusableRows(meta.name, 'was not trained on a domain');
  }
  if (meta.datasetDigest !== context.dataset.digest) {
    throw unusableRows(meta.name, 'was trained on other data');
  }
  return { config: meta.config, parameters, ...(await cells.trainingRows(context, meta)) };
}
