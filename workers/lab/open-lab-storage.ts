import { acquireWriterLock } from '../../src/store/writer-lock.ts';
import { openStores } from '../../src/store/open-stores.ts';
import type { LabStorage } from './lab-parts.ts';

/** Opens the browser's storage, or memory with a notice where there is none. */
export async function openLabStorage(): Promise<LabStorage> {
  const { checkpoints, artefacts, notice } = await openStores();
  return { checkpoints, artefacts, notice, lock: () => acquireWriterLock() };
}
