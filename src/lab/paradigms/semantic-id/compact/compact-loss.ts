import type { DeviceBuffer } from '../../../../compute/executor.ts';
import { AppError } from '../../../../core/errors.ts';
import type { CompactIdConfig } from '../../../../nn/compact-id-model/compact-id-layout.ts';
import { compactIdModel } from '../../../../nn/compact-id-model/compact-id-model.ts';
import { LossProbe } from '../../../../nn/transformer/loss-probe.ts';
import { compactBatches } from '../../../../rec/training/train-compact-ids.ts';
import type { ProbeSettings } from '../../../job/job-settings.ts';
import type { JobOf } from '../../../job/job.ts';
import type { JobContext } from '../../../work/job-context.ts';
import { PROBE_SEED, probeRows, type DomainProbe } from '../../../work/loss-probes.ts';
import { testUsers } from '../../../work/test-users.ts';
import { domainIds } from './compact-model.ts';

/** Mean -log p(target) of a domain's test users: nats an item. */
export async function openCompactLoss(
  job: JobOf<'analysis'>,
  settings: ProbeSettings,
  place: number,
  config: CompactIdConfig,
  weights: DeviceBuffer,
  context: JobContext,
): Promise<DomainProbe> {
  const domain = settings.domains[place] ?? '';
  const id = job.inputs.ids?.[place];
  if (id === undefined) throw new AppError('internal', `The plan gave no ids of ${domain}.`);
  const { tree } = await domainIds(context.store, id, domain);
  const { samples } = testUsers(context.domainData(domain), settings);
  const rows = probeRows(samples, settings.sampling.history);
  const { tokensPerBatch } = settings;
  const batches = compactBatches(rows, tree, { tokensPerBatch, seed: PROBE_SEED, epoch: 0 });
  const model = compactIdModel(config, tree);
  const loss = await LossProbe.create(context.executor, model, batches, weights);
  return { loss, users: rows.length };
}
