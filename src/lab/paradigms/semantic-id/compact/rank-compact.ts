import { restoreRows } from '../../../../merge/arenas/restore-rows.ts';
import { compactIdTable } from '../../../../nn/compact-id-model/compact-id-layout.ts';
import type { RankedList, Sample } from '../../../../rec/data/types.ts';
import { CompactProbe } from '../../../../rec/evaluation/compact-probe.ts';
import { CompactRankSession, rankCompactIds } from '../../../../rec/evaluation/rank-compact-ids.ts';
import type { LabStore } from '../../../checkpoints/lab-store.ts';
import type { JobOf, SettingsOf } from '../../../job/job.ts';
import { idOf } from '../../../planning/chain.ts';
import { beamsOf } from '../../../work/mask-history.ts';
import { inputCheckpoint, inputOf, type JobContext } from '../../../work/job-context.ts';
import type { DeviceRanker, LiveProbe, LiveProbeRequest } from '../../contract/paradigm.ts';
import type { CompactIdConfig } from '../../../../nn/compact-id-model/compact-id-layout.ts';
import { compactRows, domainIds, type CompactCheckpoint } from './compact-model.ts';

/** Beam search over the domain's tree: with the trie loss a score is the item's log-probability. */
export async function rankCompact(
  job: JobOf<'evaluate'>,
  context: JobContext,
  samples: readonly Sample[],
  model: CompactCheckpoint,
): Promise<readonly RankedList[]> {
  const { settings, inputs } = job;
  const { executor, signal, progress, store } = context;
  const { batchUsers, domain } = settings;
  const beam = beamsOf(settings);
  const { config } = model;
  const parameters = await withOwnRows(job, context, model);
  const { tree } = await domainIds(store, inputOf(inputs, 'ids'), domain);
  return rankCompactIds(
    executor,
    { config, tree, beam, batchUsers, parameters, samples },
    {
      signal,
      onProgress: ({ done, total }) => {
        progress(done, total, 'users');
      },
    },
  );
}

/** The model with what of the evaluated domain's own checkpoint is put back. */
export async function withOwnRows(
  { inputs, settings }: JobOf<'evaluate'>,
  context: JobContext,
  { config, parameters }: CompactCheckpoint,
): Promise<Float32Array> {
  if (inputs.rows === null) return parameters;
  const source = await inputCheckpoint(context, inputs.rows);
  const { layout } = compactIdTable(config);
  return compactRows(config, settings.restore).reduce<Float32Array>(
    (arena, range) => restoreRows(arena, layout, source.parameters, range),
    parameters,
  );
}

/** Beam search over whatever weights a search of merges leaves on the device. */
export async function openCompactRanker(
  { executor, store }: JobContext,
  config: CompactIdConfig,
  evaluation: SettingsOf<'evaluate'>,
  ids: string,
): Promise<DeviceRanker> {
  const { domain, batchUsers } = evaluation;
  const beam = beamsOf(evaluation);
  const { tree } = await domainIds(store, ids, domain);
  return new CompactRankSession(executor, { config, tree, beam, batchUsers });
}

/** Loss of the target's codes and greedy decoding, in one pass. */
export async function openCompactProbe(
  { executor, store }: { readonly executor: JobContext['executor']; readonly store: LabStore },
  config: CompactIdConfig,
  { domain, samples, chain }: LiveProbeRequest,
): Promise<LiveProbe> {
  const { tree } = await domainIds(store, idOf(chain.ids, domain), domain);
  return CompactProbe.create(executor, { config, tree }, samples);
}
