import { AppError } from '../core/errors.ts';
import { ArtefactStore } from './artefacts.ts';
import { CheckpointStore } from './checkpoints.ts';
import { IdbStore } from './idb-store.ts';
import type { KeyValueStore } from './key-value.ts';
import { MemoryStore } from './memory-store.ts';
import { SnapshotStore } from './snapshots.ts';
import { lostResults, openFileWitness, WitnessedStore } from './witness.ts';

export interface Stores {
  readonly checkpoints: CheckpointStore;
  readonly artefacts: ArtefactStore;
  /** Beside the checkpoints, in their database. */
  readonly snapshots: SnapshotStore;
  /**
   * Removes what an interrupted writer left, and forgets what was lost; for whoever holds the writer's
   * lock.
   */
  readonly tidy: () => Promise<void>;
  /** False when everything is gone with the tab. */
  readonly persistent: boolean;
  /** What to tell the user now; '' when the storage works. */
  readonly notice: () => string;
  /** Aborts with the reason once the storage was closed under us; the stores are then of no use. */
  readonly ended: AbortSignal;
}

/**
 * Opens both stores; without browser storage it falls back to memory and says so, because a
 * session that cannot save should still run.
 * @errors version-mismatch: there is a storage, and another version of this app has it
 */
export async function openStores(
  prefix = 'mmgrid',
  openWitness = openFileWitness,
): Promise<Stores> {
  try {
    const database = await IdbStore.open(`${prefix}-checkpoints`);
    const artefacts = await IdbStore.open(`${prefix}-artefacts`).catch((error: unknown) => {
      database.close();
      throw error;
    });
    const seen = [
      await witnessed(database, await openWitness(`${prefix}-checkpoints`)),
      await witnessed(artefacts, await openWitness(`${prefix}-artefacts`)),
    ] as const;
    const checkpoints = new CheckpointStore(seen[0].store);
    const snapshots = new SnapshotStore(seen[0].store);
    return {
      checkpoints,
      snapshots,
      tidy: async () => {
        for (const { forget } of seen) await forget();
        await checkpoints.removeUnfinished((keys) => database.keysOf(keys));
        await snapshots.removeUnfinished((keys) => database.keysOf(keys));
      },
      artefacts: new ArtefactStore(seen[1].store),
      persistent: true,
      notice: () => lostText(seen.reduce((sum, { lost }) => sum + lost.size, 0)),
      ended: AbortSignal.any([database.ended, artefacts.ended]),
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'storage-unavailable') throw error;
    const memory = new MemoryStore();
    return {
      checkpoints: new CheckpointStore(memory),
      snapshots: new SnapshotStore(memory),
      tidy: () => Promise.resolve(),
      artefacts: new ArtefactStore(new MemoryStore()),
      persistent: false,
      notice: () => `${error.message} Nothing is kept after this page is closed. ${error.hint}`,
      ended: new AbortController().signal,
    };
  }
}

interface WitnessedDatabase {
  readonly store: KeyValueStore;
  /** Ids of results that the database lost. */
  readonly lost: Set<string>;
  readonly forget: () => Promise<void>;
}

async function witnessed(
  database: IdbStore,
  witness: Awaited<ReturnType<typeof openFileWitness>>,
): Promise<WitnessedDatabase> {
  const lost = new Set<string>();
  const nothing = { store: database, lost, forget: () => Promise.resolve() };
  if (witness === null) return nothing;
  try {
    for (const id of await lostResults(witness, (keys) => database.keysOf(keys))) lost.add(id);
  } catch {
    // A witness that cannot be heard says nothing; a database that cannot be read is told where it is.
    return nothing;
  }
  return {
    store: new WitnessedStore(database, witness),
    lost,
    async forget() {
      for (const id of lost) await witness.remove(id).catch(() => undefined);
      lost.clear();
    },
  };
}

function lostText(count: number): string {
  if (count === 0) return '';
  const what = count === 1 ? '1 result that was' : `${String(count)} results that were`;
  return (
    `Warning: ${what} stored here can no longer be found: the browser gave up a damaged database, ` +
    'or somebody deleted it. What a run needs of them is made again.'
  );
}
