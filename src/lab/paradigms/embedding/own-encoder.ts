import { wholeArena, type Arena } from '../../../core/arena-source.ts';
import { restoreRows } from '../../../merge/arenas/restore-rows.ts';
import {
  embeddingTable,
  ITEM_VECTORS,
  USER_PREFIX,
} from '../../../nn/embedding-model/embedding-layout.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { CheckpointSource } from '../../checkpoints/lab-store.ts';
import type { Restored } from '../../experiment/restored.ts';
import { inputCheckpoint, type JobContext } from '../../work/job-context.ts';
import type { RestoredRows } from '../contract/paradigm.ts';
import { encoderConfigOf } from './encoder-config.ts';

/**
 * What of a domain's own model is put back before a merge is measured, tensor by tensor: its user
 * encoder, or everything. Vectors of items mean something in their domain alone and come with all but
 * `nothing`, also where no document asks.
 */
export function ownEncoder(
  meta: Pick<CheckpointMeta, 'config' | 'itemVectors'>,
  what: Restored = 'item-vectors',
): readonly RestoredRows[] {
  const isOwn = (name: string) =>
    what === 'model' ||
    (what !== 'nothing' && name === ITEM_VECTORS) ||
    (what === 'user-encoder' && name.startsWith(USER_PREFIX));
  return embeddingTable(encoderConfigOf(meta)).layout.entries.flatMap(({ name, shape }) =>
    isOwn(name) ? [{ tensors: [name], fromRow: 0, toRow: shape[0] ?? 0 }] : [],
  );
}

/** A model with what it gets back of `rowsFrom`; null: nothing. */
export async function withOwnEncoder(
  context: JobContext,
  { meta, parameters }: CheckpointSource,
  rowsFrom: string | null,
  what: Restored | undefined,
): Promise<Arena> {
  if (rowsFrom === null) return parameters;
  const source = await inputCheckpoint(context, rowsFrom);
  const { layout } = embeddingTable(encoderConfigOf(meta));
  return ownEncoder(meta, what).reduce(
    (arena, range) => restoreRows(arena, layout, source.parameters, range),
    await wholeArena(parameters),
  );
}
