import type { Remote } from 'comlink';
import type { AppError } from '../../src/core/errors.ts';
import { afterCheck } from '../rpc/same-build.ts';
import type { WorkerEnd } from './worker-end.ts';

/**
 * A worker that keeps nothing between calls: started when it is first needed, and anew when it is needed
 * after its death. Calls that were waiting then reject; other workers do not notice.
 */
export class RenewedWorker<Api> {
  private readonly start: () => WorkerEnd<Api>;
  private end: { readonly worker: WorkerEnd<Api>; readonly remote: Remote<Api> } | null = null;
  private closed: AppError | null = null;

  constructor(start: () => WorkerEnd<Api>) {
    this.start = start;
  }

  remote(): Remote<Api> {
    if (this.end === null || (this.end.worker.watch.error !== null && this.closed === null)) {
      const worker = this.start();
      this.end = {
        worker,
        remote: afterCheck(worker.remote as Remote<Api> & object, worker.ready),
      };
    }
    return this.end.remote;
  }

  /** Ends it for good. */
  close(reason: AppError): void {
    this.closed = reason;
    this.end?.worker.terminate();
  }
}
