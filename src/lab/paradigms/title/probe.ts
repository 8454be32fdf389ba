import type { DeviceBuffer } from '../../../compute/executor.ts';
import { titleRows } from '../../../rec/rows/title-rows.ts';
import type { StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import { ownSettings, type ProbeSettings } from '../../job/job-settings.ts';
import type { JobOf } from '../../job/job.ts';
import { inputOf, type JobContext } from '../../work/job-context.ts';
import { languageProbe, probeRows, type DomainProbe } from '../../work/loss-probes.ts';
import { testUsers } from '../../work/test-users.ts';
import { inputTokenizer } from '../../work/text-tokens.ts';
import { titleFormat } from './title-format.ts';

/** Mean cross-entropy of the tokens of the target's title. */
export async function openTitleProbe(
  job: JobOf<'analysis'>,
  settings: ProbeSettings,
  place: number,
  { meta }: StoredCheckpoint,
  weights: DeviceBuffer,
  context: JobContext,
): Promise<DomainProbe> {
  const data = context.domainData(settings.domains[place] ?? '');
  const { samples } = testUsers(data, settings);
  const rows = probeRows(samples, settings.sampling.history);
  const tokenizer = await inputTokenizer(context, inputOf(job.inputs, 'tokenizer'));
  const training = ownSettings(settings.paradigm, 'title');
  const format = titleFormat(tokenizer, data, training, vocabularyOf(meta.vocabulary));
  return languageProbe(context, settings, meta, weights, titleRows(rows, format));
}
