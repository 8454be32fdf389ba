import { releaseProxy, wrap, type Remote } from 'comlink';
import { AppError } from '../../src/core/errors.ts';
import { DeathWatch, guardRemote } from '../rpc/guard-remote.ts';
import type { MergeFilesApi } from './merge-files-api.ts';
import mergeFilesWorkerUrl from './merge-files.worker.ts?worker&url';
import { installErrorTransfer } from '../rpc/rpc.ts';
import { afterCheck, checkBuild, type OfBuild } from '../rpc/same-build.ts';
import { workerUrl } from '../rpc/worker-url.ts';

export interface MergeFilesSession {
  readonly files: Remote<MergeFilesApi>;
  close(): void;
}

/** Starts the worker that merges files. When it dies, pending calls reject with worker-died. */
export function startMergeFiles(): MergeFilesSession {
  installErrorTransfer();
  const watch = new DeathWatch();
  const url = workerUrl(mergeFilesWorkerUrl);
  const worker = new Worker(url, { type: 'module', name: 'merge-files' });
  worker.addEventListener('error', (event) => {
    const reason = event.message === '' ? 'no reason given' : event.message;
    watch.report(
      new AppError('worker-died', `The worker that merges files stopped: ${reason}.`, {
        hint: 'The result was not written. Try again; a smaller memory budget may help.',
      }),
    );
  });
  const remote = wrap<MergeFilesApi & OfBuild>(worker);
  const guarded = guardRemote(remote, watch);
  return {
    files: afterCheck(guarded, checkBuild(guarded, 'merge')),
    close: () => {
      remote[releaseProxy]();
      worker.terminate();
      watch.report(new AppError('worker-died', 'The session was closed.'));
    },
  };
}
