import { AppError } from '../core/errors.ts';
import { ArtefactStore } from './artefacts.ts';
import { CheckpointStore } from './checkpoints.ts';
import { IdbStore } from './idb-store.ts';
import { MemoryStore } from './memory-store.ts';

export interface Stores {
  readonly checkpoints: CheckpointStore;
  readonly artefacts: ArtefactStore;
  /** Removes what an interrupted writer left; for whoever holds the writer's lock. */
  readonly tidy: () => Promise<void>;
  /** False when everything is gone with the tab. */
  readonly persistent: boolean;
  /** What to tell the user; '' when the storage works. */
  readonly notice: string;
  /** Aborts with the reason once the storage was closed under us; the stores are then of no use. */
  readonly ended: AbortSignal;
}

/**
 * Opens both stores; without browser storage it falls back to memory and says so, because a
 * session that cannot save should still run.
 * @errors version-mismatch: there is a storage, and another version of this app has it
 */
export async function openStores(prefix = 'mmgrid'): Promise<Stores> {
  try {
    const database = await IdbStore.open(`${prefix}-checkpoints`);
    const artefacts = await IdbStore.open(`${prefix}-artefacts`).catch((error: unknown) => {
      database.close();
      throw error;
    });
    const checkpoints = new CheckpointStore(database);
    return {
      checkpoints,
      tidy: () => checkpoints.removeUnfinished((keys) => database.keysOf(keys)),
      artefacts: new ArtefactStore(artefacts),
      persistent: true,
      notice: '',
      ended: AbortSignal.any([database.ended, artefacts.ended]),
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'storage-unavailable') throw error;
    return {
      checkpoints: new CheckpointStore(new MemoryStore()),
      tidy: () => Promise.resolve(),
      artefacts: new ArtefactStore(new MemoryStore()),
      persistent: false,
      notice: `${error.message} Nothing is kept after this page is closed. ${error.hint}`,
      ended: new AbortController().signal,
    };
  }
}
