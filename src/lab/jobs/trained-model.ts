import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import type { SettingsOf } from '../job/job.ts';
import { cellWork } from '../paradigms/paradigm-list.ts';
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
  if (meta.kind !== trainJob.kind || meta.context === null) {
    throw unusableRows(meta.name, 'was not trained on a domain');
  }
  if (meta.datasetDigest !== context.dataset.digest) {
    throw unusableRows(meta.name, 'was trained on other data');
  }
  // Of a checkpoint of this kind they are the settings of its job.
  const { paradigm } = meta.settings as unknown as SettingsOf<'train'>;
  const rows = await cellWork(paradigm).trainingRows(context, meta);
  return { config: meta.config, parameters, ...rows };
}
