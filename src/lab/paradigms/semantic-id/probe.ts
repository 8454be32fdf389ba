import type { DeviceBuffer } from '../../../compute/executor.ts';
import { AppError } from '../../../core/errors.ts';
import { tokenRows } from '../../../rec/rows/token-rows.ts';
import type { StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import type { ProbeSettings } from '../../job/job-settings.ts';
import type { JobOf } from '../../job/job.ts';
import { asArtefact, idsArtefact } from '../../results/artefacts.ts';
import type { JobContext } from '../../work/job-context.ts';
import { languageProbe, probeRows, type DomainProbe } from '../../work/loss-probes.ts';
import { testUsers } from '../../work/test-users.ts';
import { compactConfigOf } from './compact/compact-config.ts';
import { openCompactLoss } from './compact/compact-loss.ts';
import { tokenLevels } from './domain-rows.ts';

/** Mean cross-entropy of the target's id tokens. */
export async function openIdLossProbe(
  job: JobOf<'analysis'>,
  settings: ProbeSettings,
  place: number,
  { meta }: StoredCheckpoint,
  weights: DeviceBuffer,
  context: JobContext,
): Promise<DomainProbe> {
  const compact = compactConfigOf(meta);
  if (compact !== null) return openCompactLoss(job, settings, place, compact, weights, context);
  const domain = settings.domains[place] ?? '';
  const { samples } = testUsers(context.domainData(domain), settings);
  const rows = probeRows(samples, settings.sampling.history);
  const levels = settings.splitSoftmax === true ? tokenLevels(meta.vocabulary, 1) : undefined;
  const id = job.inputs.ids?.[place];
  if (id === undefined) throw new AppError('internal', `The plan gave no ids of ${domain}.`);
  const stored: unknown = await context.store.getArtefact(id);
  const { ids } = asArtefact(idsArtefact, stored, `semantic ids ${domain}`);
  const tokens = tokenRows(rows, ids, vocabularyOf(meta.vocabulary));
  return languageProbe(context, settings, meta, weights, tokens, levels);
}
