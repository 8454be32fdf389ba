import { wholeArena, type Arena } from '../../../core/arena-source.ts';
import { restoreRows, TOKEN_TENSORS } from '../../../merge/arenas/restore-rows.ts';
import { parameterLayout } from '../../../nn/transformer/layout.ts';
import type { RankedList, Sample } from '../../../rec/data/types.ts';
import { rankSamples, RankSession } from '../../../rec/evaluation/evaluate.ts';
import { IdProbe } from '../../../rec/evaluation/id-probe.ts';
import { unreachableItems } from '../../../rec/semantic-ids/reachability.ts';
import { idTokenRange } from '../../../rec/semantic-ids/vocabulary.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { CheckpointSource, LabStore } from '../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import type { JobOf, SettingsOf } from '../../job/job.ts';
import { idOf } from '../../planning/chain.ts';
import type { Restored } from '../../experiment/restored.ts';
import { asArtefact, idsArtefact, type IdsArtefact } from '../../results/artefacts.ts';
import { beamsOf } from '../../work/mask-history.ts';
import { inputCheckpoint, inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import type {
  DeviceRanker,
  LiveProbe,
  LiveProbeRequest,
  RestoredRows,
} from '../contract/paradigm.ts';
import { compactConfigOf } from './compact/compact-config.ts';
import { compactRows, openCompact, wholeRows } from './compact/compact-model.ts';
import { openCompactProbe, openCompactRanker, rankCompact } from './compact/rank-compact.ts';

/** Trie-constrained beam search. */
export async function rankIds(
  job: JobOf<'evaluate'>,
  context: JobContext,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  const { settings, inputs } = job;
  const { executor, signal, progress } = context;
  const model = await openInput(context, inputs.model);
  const compact = await openCompact(model);
  if (compact !== null) return rankCompact(job, context, samples, compact);
  const parameters = await withIdRows(context, model, inputs.rows, settings.restore);
  const { ids, itemIds } = await idsOf(context.store, inputOf(inputs, 'ids'), settings.domain);
  return rankSamples(
    executor,
    {
      config: model.meta.config,
      parameters,
      ids,
      vocabulary: vocabularyOf(model.meta.vocabulary),
      items: itemIds.length,
      samples,
      beam: beamsOf(settings),
      batchUsers: settings.batchUsers,
    },
    {
      signal,
      onProgress: ({ done, total }) => {
        progress(done, total, 'users');
      },
    },
  );
}

/** The model with what of the evaluated domain's own checkpoint is put back. */
export async function withIdRows(
  context: JobContext,
  { meta, parameters }: CheckpointSource,
  rowsFrom: string | null,
  what: Restored | undefined,
): Promise<Arena> {
  if (rowsFrom === null) return parameters;
  const source = await inputCheckpoint(context, rowsFrom);
  const layout = parameterLayout(meta.config);
  return idRows(meta, what).reduce(
    (arena, range) => restoreRows(arena, layout, source.parameters, range),
    await wholeArena(parameters),
  );
}

/** Samples whose target no id leads to. */
export async function countUnreachable(
  { settings, inputs }: JobOf<'evaluate'>,
  { store }: JobContext,
  samples: readonly Sample[],
): Promise<number> {
  const { ids } = await idsOf(store, inputOf(inputs, 'ids'), settings.domain);
  const unreachable = unreachableItems(ids);
  return samples.filter(({ target }) => unreachable.has(target)).length;
}

/**
 * The rows of the id tokens: domains share the tokens, not their meaning.
 * @param what absent: these rows, or those of a compact model
 */
export function idRows(meta: CheckpointMeta, what?: Restored): readonly RestoredRows[] {
  const compact = compactConfigOf(meta);
  if (compact !== null) return compactRows(compact, what);
  if (what === 'nothing') return [];
  if (what === 'model') return wholeRows(parameterLayout(meta.config).entries);
  const { start, end } = idTokenRange(vocabularyOf(meta.vocabulary));
  return [{ tensors: TOKEN_TENSORS, fromRow: start, toRow: end }];
}

/** Beam search over whatever weights a search of merges leaves on the device. */
export async function openIdRanker(
  context: JobContext,
  meta: CheckpointMeta,
  evaluation: SettingsOf<'evaluate'>,
  idsJob: string | undefined,
): Promise<DeviceRanker> {
  const { executor, store } = context;
  const { domain, batchUsers } = evaluation;
  const beam = beamsOf(evaluation);
  const idsId = inputOf(idsJob === undefined ? {} : { ids: idsJob }, 'ids');
  const compact = compactConfigOf(meta);
  if (compact !== null) return openCompactRanker(context, compact, evaluation, idsId);
  const { ids } = await idsOf(store, idsId, domain);
  const vocabulary = vocabularyOf(meta.vocabulary);
  return new RankSession(executor, { config: meta.config, ids, vocabulary, beam, batchUsers });
}

/** Loss of the target's id tokens and greedy decoding, in one pass. */
export async function openIdProbe(
  context: Pick<JobContext, 'executor' | 'store'>,
  request: LiveProbeRequest,
): Promise<LiveProbe> {
  const { executor, store } = context;
  const { domain, meta, samples, chain } = request;
  const compact = compactConfigOf(meta);
  if (compact !== null) return openCompactProbe(context, compact, request);
  const { ids } = await idsOf(store, idOf(chain.ids, domain), domain);
  const setup = { config: meta.config, ids, vocabulary: vocabularyOf(meta.vocabulary) };
  return IdProbe.create(executor, setup, samples);
}

export async function idsOf(store: LabStore, id: string, domain: string): Promise<IdsArtefact> {
  const stored: unknown = await store.getArtefact(id);
  return asArtefact(idsArtefact, stored, `semantic ids ${domain}`);
}
