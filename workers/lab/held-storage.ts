import { AppError, toAppError } from '../../src/core/errors.ts';
import type { WireError } from '../../src/lab/job/events.ts';
import { StoreHealth } from '../../src/lab/checkpoints/lab-store.ts';
import { StoredResults } from '../../src/lab/run/stored-results.ts';
import type { WriterLock } from '../../src/store/writer-lock.ts';
import type { CheckpointSummary, RunOutcome } from './api.ts';
import { HeldPrebaked, type ShownResults } from './held-prebaked.ts';
import { storageFull } from './full-storage.ts';
import type { LabParts, LabStorage } from './lab-parts.ts';

/**
 * The lab's one storage, and what was found out about it: opened when it is first needed, and again
 * after it was closed under us or could not be opened.
 */
export class HeldStorage {
  private readonly parts: Pick<LabParts, 'openStorage' | 'now'>;
  private readonly prebaked: HeldPrebaked;
  private readonly health = new StoreHealth();
  private storage: Promise<LabStorage> | null = null;

  constructor(parts: Pick<LabParts, 'openStorage' | 'now' | 'prebaked'>) {
    this.parts = parts;
    this.prebaked = new HeldPrebaked(parts.prebaked, parts.now);
  }

  async opened(): Promise<LabStorage> {
    const held = (this.storage ??= this.parts.openStorage());
    try {
      const storage = await held;
      if (storage.ended?.aborted !== true) return storage;
    } catch (error) {
      this.forget(held);
      throw error;
    }
    this.forget(held);
    return this.opened();
  }

  /** Resolves with the reason when the storage that is open now is closed under us. */
  async ended(): Promise<WireError> {
    const { ended } = await this.opened();
    return new Promise((resolve) => {
      ended?.addEventListener('abort', () => {
        const { code, message, hint } = toAppError(ended.reason);
        resolve({ code, message, hint });
      });
    });
  }

  async results(): Promise<StoredResults> {
    const { checkpoints, artefacts, snapshots } = await this.opened();
    return new StoredResults(checkpoints, artefacts, this.parts.now, this.health, snapshots);
  }

  /** What a plan is shown with, by the ids of its jobs: what was made here, or what came with the page. */
  async shown(ids: readonly string[]): Promise<ShownResults> {
    return this.prebaked.shown(ids, await this.results());
  }

  /** Where the weights of a model that is shown are. */
  async holding(id: string): Promise<StoredResults> {
    return this.prebaked.holding(id, await this.results());
  }

  async summaries(): Promise<readonly CheckpointSummary[]> {
    const manifests = await (await this.opened()).checkpoints.list();
    return manifests.map(({ id, name, sizeBytes, createdAt }) => {
      return { id, name, sizeBytes, createdAt };
    });
  }

  /** Those of the checkpoints that are stored. */
  async storedOnly(
    all: RunOutcome['checkpoints'],
    store: StoredResults,
  ): Promise<RunOutcome['checkpoints']> {
    const finished = new Set(await store.finishedOf(all.map(({ id }) => id)));
    return all.filter(({ id }) => finished.has(id));
  }

  /** @errors lock-lost while another tab writes */
  async becomeWriter(): Promise<WriterLock> {
    const lock = await (await this.opened()).lock();
    if (lock !== null) return lock;
    throw new AppError('lock-lost', 'Another tab of this app is running an experiment.', {
      hint: 'Nothing was started. Let the other tab finish, stop it or close it, then run again.',
    });
  }

  /**
   * The error of a full storage with what takes the room and what of it can go; others as they are.
   * @param planned ids of the jobs of the run that failed
   */
  async explained(error: AppError, planned: ReadonlySet<string>): Promise<AppError> {
    if (error.code !== 'quota-exceeded') return error;
    try {
      const { checkpoints, snapshots, downloadedBytes } = await this.opened();
      const { unsaved } = this.health;
      return storageFull(error, {
        // Of an unfinished job, too: it takes room like any other.
        checkpoints: [...(await checkpoints.list()), ...((await snapshots?.list()) ?? [])],
        planned,
        downloadedBytes: (await downloadedBytes?.().catch(() => 0)) ?? 0,
        unsaved: unsaved && { id: unsaved.id, name: unsaved.checkpoint.meta.name },
      });
    } catch {
      // A storage that is full may not even say what it holds.
      return error;
    }
  }

  /** A new run makes again what the one before could not store. */
  forgetUnsaved(): void {
    this.health.forgetUnsaved();
  }

  /** Deletes the checkpoints of all jobs but these, finished or not. */
  async deleteOthers(planned: ReadonlySet<string>): Promise<void> {
    const { checkpoints, snapshots } = await this.opened();
    for (const { id } of await checkpoints.list()) {
      if (!planned.has(id)) await checkpoints.delete(id);
    }
    for (const { id } of (await snapshots?.list()) ?? []) {
      if (!planned.has(id)) await snapshots?.remove(id);
    }
  }

  /** Someone else may have opened another one meanwhile. */
  private forget(held: Promise<LabStorage>): void {
    if (this.storage === held) this.storage = null;
  }

  async close(): Promise<void> {
    if (this.storage === null) return;
    const { checkpoints, artefacts } = await this.storage;
    this.storage = null;
    checkpoints.close();
    artefacts.close();
  }
}
