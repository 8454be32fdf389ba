import { AppError } from '../../core/errors.ts';
import type { FolderFile } from '../../io/hf-checkpoint.ts';
import type { LabStore } from '../checkpoints/lab-store.ts';
import { paradigmOfModel } from '../paradigms/paradigm-list.ts';
import { modelCard } from './model-card.ts';

/**
 * A stored checkpoint as a Hugging Face-layout folder: weights, configuration, tokenizer, the items
 * behind the tokens, its origin, and a model card. An embedding model has a folder per encoder.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export async function exportCheckpoint(
  store: LabStore,
  id: string,
): Promise<readonly FolderFile[]> {
  const stored = await store.getCheckpoint(id);
  if (stored === null) {
    throw new AppError('checkpoint-missing', 'This checkpoint is not in the store.', {
      hint: 'Nothing was exported. Run the experiment again: it will be made once more.',
      details: { id },
    });
  }
  const { meta } = stored;
  return paradigmOfModel(meta).exportFiles(store, stored, modelCard(meta));
}
