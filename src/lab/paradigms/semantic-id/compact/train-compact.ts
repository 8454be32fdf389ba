import type { StoredCheckpoint } from '../../../checkpoints/lab-store.ts';
import type { JobOf } from '../../../job/job.ts';
import { splitRows } from '../../../work/held-out.ts';
import { deriveSeed, inputOf, type JobContext } from '../../../work/job-context.ts';
import { checkpointMeta } from '../../../work/provenance.ts';
import { compactMeta } from './compact-config.ts';
import { domainIds, type CompactCheckpoint } from './compact-model.ts';
import { runFacts } from '../../../work/train-on.ts';
import { trainOnItems } from '../../../work/train-on-items.ts';

/** Trains one cell on the items of its stage, from a compact predecessor. */
export async function trainCompact(
  job: JobOf<'train'>,
  context: JobContext,
  { config, parameters }: CompactCheckpoint,
): Promise<StoredCheckpoint> {
  const { settings, inputs, seed } = job;
  const { domain, stage, sampling, maxTargets, score, optimizer } = settings;
  const idsId = inputOf(inputs, 'ids');
  const { tree } = await domainIds(context.store, idsId, domain);
  const options = { ...sampling, maxTargets, score, seed: deriveSeed(seed, 'targets') };
  const split = splitRows(context.domainData(domain), stage, options, optimizer.validation);
  const trained = await trainOnItems(context, {
    ...{ config, tree, parameters, ...split, optimizer },
    seed: deriveSeed(seed, `train/${domain}/${stage.name}`),
  });
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      ...compactMeta(config),
      context: { domain, stage: stage.name },
      semanticIds: { [domain]: idsId },
      parents: [{ role: 'predecessor', id: inputs.parent }],
      ...runFacts(trained),
    }),
  };
}
