import { releaseProxy, wrap } from 'comlink';
import type { Remote } from 'comlink';
import { AppError, toAppError } from '../src/core/errors.ts';
import type { HubApi, ImportApi, LabApi } from './lab/api.ts';
import { DeathWatch, guardRemote } from './rpc/guard-remote.ts';
import hubWorkerUrl from './hub.worker.ts?worker&url';
import importWorkerUrl from './import.worker.ts?worker&url';
import labWorkerUrl from './lab.worker.ts?worker&url';
import type { LabWorkerApi } from './lab/lab-parts.ts';
import { installErrorTransfer, withDeadline } from './rpc/rpc.ts';
import { afterCheck, checkBuild, type OfBuild } from './rpc/same-build.ts';
import { workerUrl } from './rpc/worker-url.ts';

/** The workers of one page, started and watched. */
export interface LabSession {
  readonly lab: Remote<LabApi>;
  readonly importer: Remote<ImportApi>;
  /** The worker of downloads; started when it is first asked for. */
  hub(): Remote<HubApi>;
  /** Ends both workers. What is stored stays; a run that was not stopped loses its current job. */
  close(): Promise<void>;
  /** Calls back once when a worker dies on its own; every pending call has been rejected then. */
  onDeath(callback: (error: AppError) => void): () => void;
}

const HEARTBEAT_MS = 5000;
/** A CPU executor or a k-means may hold the worker's thread for many seconds: it is not dead. */
const SILENCE_MS = 120_000;
const CLOSE_MS = 5000;

/**
 * Starts the lab and the import worker.
 * @errors worker-died when the lab worker does not come up, version-mismatch when it is of another build
 */
export async function startLab(): Promise<LabSession> {
  installErrorTransfer();
  const watch = new DeathWatch();
  const labWorker = startWorker(labWorkerUrl, 'lab', watch);
  const importWorker = startWorker(importWorkerUrl, 'import', watch);
  const lab = guardRemote(wrap<LabWorkerApi & OfBuild>(labWorker), watch);
  const importRemote = guardRemote(wrap<ImportApi & OfBuild>(importWorker), watch);
  const importer = afterCheck(importRemote, checkBuild(importRemote, 'import'));
  let hub: { readonly worker: Worker; readonly remote: Remote<HubApi> } | null = null;
  const startHub = () => {
    const worker = startWorker(hubWorkerUrl, 'hub', watch);
    const remote = guardRemote(wrap<HubApi & OfBuild>(worker), watch);
    return { worker, remote: afterCheck(remote, checkBuild(remote, 'hub')) };
  };
  const end = () => {
    clearInterval(heartbeat);
    labWorker.terminate();
    importWorker.terminate();
    hub?.worker.terminate();
  };
  let isAnswering = true;
  let isClosed = false;
  const heartbeat = setInterval(() => {
    if (!isAnswering) return;
    isAnswering = false;
    withDeadline(lab.ping(), SILENCE_MS, 'a heartbeat').then(
      () => {
        isAnswering = true;
      },
      (error: unknown) => {
        watch.report(toAppError(error));
      },
    );
  }, HEARTBEAT_MS);
  watch.onDeath(end);
  try {
    await checkBuild(lab, 'lab');
  } catch (error) {
    watch.report(toAppError(error));
    throw error;
  }
  return {
    lab,
    importer,
    hub() {
      hub ??= startHub();
      return hub.remote;
    },
    async close() {
      if (watch.error !== null) return;
      isClosed = true;
      try {
        await withDeadline(lab.close(), CLOSE_MS, 'close');
      } finally {
        lab[releaseProxy]();
        importer[releaseProxy]();
        hub?.remote[releaseProxy]();
        end();
        watch.report(new AppError('worker-died', 'The session was closed.'));
      }
    },
    onDeath(callback) {
      return watch.onDeath((error) => {
        if (!isClosed) callback(error);
      });
    },
  };
}

function startWorker(url: string, name: string, watch: DeathWatch): Worker {
  const worker = new Worker(workerUrl(url), { type: 'module', name });
  worker.addEventListener('error', (event) => {
    watch.report(died(name, event.message));
  });
  worker.addEventListener('messageerror', () => {
    watch.report(died(name, 'a message could not be read'));
  });
  return worker;
}

function died(name: string, reason: string): AppError {
  return new AppError(
    'worker-died',
    `The ${name} worker stopped: ${reason || 'no reason given'}.`,
    {
      hint: 'Finished jobs are stored. Reload the page and run again to continue.',
    },
  );
}
