import { AppError } from '../../core/errors.ts';
import type { FolderFile } from '../../io/hf-checkpoint.ts';
import type { LabStore } from '../checkpoints/lab-store.ts';
import { paradigmOfModel } from '../paradigms/paradigm-list.ts';
import { modelCard } from './model-card.ts';

/**
 * A stored checkpoint as a Hugging Face-layout folder: weights, configuration, tokenizer, the items
 * behind the tokens, its origin, and a model card. An embedding model has a folder per encoder. One that
 * did not fit the storage comes from memory.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export async function exportCheckpoint(
  store: LabStore,
  id: string,
): Promise<readonly FolderFile[]> {
  const { unsaved } = store.health;
  const stored = unsaved?.id === id ? unsaved.checkpoint : await store.getCheckpoint(id);
  if (stored === null) throw missing(id);
  const { meta } = stored;
  return paradigmOfModel(meta).exportFiles(store, stored, modelCard(meta));
}

/**
 * The same files in order, a large one in pieces that follow each other under its name: only a piece
 * of a language model is in memory.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export async function* checkpointPieces(store: LabStore, id: string): AsyncGenerator<FolderFile> {
  if (store.health.unsaved?.id === id) return yield* await exportCheckpoint(store, id);
  const opened = await store.openCheckpoint(id);
  if (opened === null) throw missing(id);
  const { meta } = opened;
  const paradigm = paradigmOfModel(meta);
  if (paradigm.exportPieces === undefined) yield* await exportCheckpoint(store, id);
  else yield* paradigm.exportPieces(store, opened, modelCard(meta));
}

function missing(id: string): AppError {
  return new AppError('checkpoint-missing', 'This checkpoint is not in the store.', {
    hint: 'Nothing was exported. Run the experiment again: it will be made once more.',
    details: { id },
  });
}
