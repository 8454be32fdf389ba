import { AppError } from '../../src/core/errors.ts';
import { StoreHealth } from '../../src/lab/checkpoints/lab-store.ts';
import { StoredResults } from '../../src/lab/run/stored-results.ts';
import type { WriterLock } from '../../src/store/writer-lock.ts';
import type { LabParts, LabStorage } from './lab-parts.ts';

/** The lab's one storage: opened when it is first needed, and what was found out about it. */
export class HeldStorage {
  private readonly parts: Pick<LabParts, 'openStorage' | 'now'>;
  private readonly health = new StoreHealth();
  private storage: Promise<LabStorage> | null = null;

  constructor(parts: Pick<LabParts, 'openStorage' | 'now'>) {
    this.parts = parts;
  }

  opened(): Promise<LabStorage> {
    this.storage ??= this.parts.openStorage();
    return this.storage;
  }

  async results(): Promise<StoredResults> {
    const { checkpoints, artefacts } = await this.opened();
    return new StoredResults(checkpoints, artefacts, this.parts.now, this.health);
  }

  /** @errors lock-lost while another tab writes */
  async becomeWriter(): Promise<WriterLock> {
    const lock = await (await this.opened()).lock();
    if (lock !== null) return lock;
    throw new AppError('lock-lost', 'Another tab of this app is running an experiment.', {
      hint: 'Nothing was started. Let the other tab finish, stop it or close it, then run again.',
    });
  }

  async close(): Promise<void> {
    if (this.storage === null) return;
    const { checkpoints, artefacts } = await this.storage;
    this.storage = null;
    checkpoints.close();
    artefacts.close();
  }
}
