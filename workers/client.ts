import type { Remote } from 'comlink';
import { AppError } from '../src/core/errors.ts';
import { RenewedWorker } from './client/renewed-worker.ts';
import { SteadyLab } from './client/steady-lab.ts';
import { startWorker } from './client/worker-end.ts';
import hubWorkerUrl from './hub.worker.ts?worker&url';
import importWorkerUrl from './import.worker.ts?worker&url';
import type { HubApi, ImportApi, LabApi } from './lab/api.ts';
import type { LabWorkerApi } from './lab/lab-parts.ts';
import labWorkerUrl from './lab.worker.ts?worker&url';
import { installErrorTransfer, withDeadline } from './rpc/rpc.ts';

/** The workers of one page, each started anew when it is needed after its death. */
export interface LabSession {
  readonly lab: Remote<LabApi>;
  readonly importer: Remote<ImportApi>;
  /** The worker of downloads; started when it is first asked for. */
  hub(): Remote<HubApi>;
  /** Ends all workers. What is stored stays; a run that was not stopped loses its current job. */
  close(): Promise<void>;
}

const CLOSE_MS = 5000;

/**
 * Starts the lab worker.
 * @errors worker-died when it does not come up, version-mismatch when it is of another build
 */
export async function startLab(): Promise<LabSession> {
  installErrorTransfer();
  const steady = new SteadyLab((patienceS) =>
    startWorker<LabWorkerApi>(labWorkerUrl, 'lab', patienceS),
  );
  // Reading a large file may hold its thread for long, and whoever waits sees how far it has come.
  const importer = new RenewedWorker(() => startWorker<ImportApi>(importWorkerUrl, 'import', null));
  const hub = new RenewedWorker(() => startWorker<HubApi>(hubWorkerUrl, 'hub', null));
  let isClosed = false;
  await steady.living();
  return {
    lab: steady.lab,
    get importer() {
      return importer.remote();
    },
    hub: () => hub.remote(),
    async close() {
      if (isClosed) return;
      isClosed = true;
      const reason = new AppError('worker-died', 'The session was closed.');
      try {
        await withDeadline(steady.lab.close(), CLOSE_MS, 'close');
      } finally {
        steady.close(reason);
        importer.close(reason);
        hub.close(reason);
      }
    },
  };
}
