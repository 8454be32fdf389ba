import { acquireWriterLock } from '../../src/store/writer-lock.ts';
import { DownloadStore } from '../../src/store/download-store.ts';
import { openStores } from '../../src/store/open-stores.ts';
import type { LabStorage } from './lab-parts.ts';

/** Opens the browser's storage, or memory with a notice where there is none. */
export async function openLabStorage(): Promise<LabStorage> {
  const { checkpoints, artefacts, snapshots, notice, tidy, ended } = await openStores();
  const lock = async () => {
    const own = await acquireWriterLock();
    // Not being able to tidy up is no reason not to run.
    if (own !== null) await tidy().catch(() => undefined);
    return own;
  };
  return { checkpoints, artefacts, snapshots, notice, ended, lock, downloadedBytes };
}

async function downloadedBytes(): Promise<number> {
  const downloads = await DownloadStore.open();
  try {
    return (await downloads.list()).reduce((sum, { kept }) => sum + kept, 0);
  } finally {
    downloads.close();
  }
}
