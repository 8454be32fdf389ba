import type { Arena } from '../../core/arena-source.ts';
import type { CheckpointMeta } from './checkpoint-meta.ts';
import type { SnapshotStore } from '../../store/snapshots.ts';
import type { JobKind } from '../job/job.ts';

/**
 * A trial is one merge of a search, vectors are those of items on the way to a result: results of
 * their own, but no jobs of the plan.
 */
export type ArtefactKind = JobKind | 'trial' | 'vectors';

export interface StoredCheckpoint {
  readonly meta: CheckpointMeta;
  /** The arena, in the layout of `layoutOf(meta)`. */
  readonly parameters: Float32Array<ArrayBuffer>;
}

/** The same with parameters that may have to be read: of a model that fits the memory once at most. */
export interface CheckpointSource {
  readonly meta: CheckpointMeta;
  readonly parameters: Arena;
}

/**
 * What was found out about stored results on the way: a run tells it. A damaged one counts as none
 * as soon as it is found, and is then absent for whoever asks next.
 */
export class StoreHealth {
  private readonly damaged = new Map<string, string>();
  private readonly unhashed = new Set<string>();
  private notStored: { readonly id: string; readonly checkpoint: StoredCheckpoint } | null = null;

  reportDamage(id: string, what: string): void {
    if (!this.damaged.has(id)) this.damaged.set(id, what);
  }

  /** What was found damaged of this job's result since it was last asked; null when nothing was. */
  takeDamage(id: string): string | null {
    const what = this.damaged.get(id) ?? null;
    this.damaged.delete(id);
    return what;
  }

  /** An older build stored it, without a checksum of its description. */
  reportUnhashed(id: string): void {
    this.unhashed.add(id);
  }

  isUnhashed(id: string): boolean {
    return this.unhashed.has(id);
  }

  /** A model that was made and did not fit the storage: until the next run it can be exported. */
  keepUnsaved(id: string, checkpoint: StoredCheckpoint): void {
    this.notStored = { id, checkpoint };
  }

  get unsaved(): { readonly id: string; readonly checkpoint: StoredCheckpoint } | null {
    return this.notStored;
  }

  forgetUnsaved(): void {
    this.notStored = null;
  }
}

/**
 * What a run needs from storage: results under the id of the job that made them. A `put` is
 * acknowledged only when the whole value is stored, so that a `get` never sees half a result.
 * @errors quota-exceeded, storage-unavailable; checkpoint-corrupt from the `get`s
 */
export interface LabStore {
  readonly health: StoreHealth;
  /** Where unfinished jobs have come to; absent where nothing of them is kept. */
  readonly snapshots?: SnapshotStore;
  /** null when absent. */
  getArtefact(id: string): Promise<unknown>;
  putArtefact(id: string, kind: ArtefactKind, value: unknown): Promise<void>;
  /** null when absent. */
  getCheckpoint(id: string): Promise<StoredCheckpoint | null>;
  /** The same with parameters that are read, and checked, where they are needed. */
  openCheckpoint(id: string): Promise<CheckpointSource | null>;
  /** @errors non-finite, and as the reads of the parameters */
  putCheckpoint(id: string, checkpoint: CheckpointSource): Promise<void>;
  /** Those of the ids that have a result, by their heads alone: it may turn out to be damaged. */
  finishedOf(ids: readonly string[]): Promise<readonly string[]>;
}
