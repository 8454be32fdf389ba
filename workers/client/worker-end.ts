import { releaseProxy, wrap, type Remote } from 'comlink';
import { AppError } from '../../src/core/errors.ts';
import { DeathWatch, guardRemote } from '../rpc/guard-remote.ts';
import { BEAT, Heartbeat } from '../rpc/heartbeat.ts';
import { checkBuild, type OfBuild } from '../rpc/same-build.ts';
import { workerUrl } from '../rpc/worker-url.ts';

/** Of `worker-died`: it gave no sign of life. */
export const SILENT = 'silent';

/** One worker from its start to its end. */
export interface WorkerEnd<Api> {
  /** Its calls reject once it is dead. */
  readonly remote: Remote<Api>;
  readonly watch: DeathWatch;
  /** Resolves when it has come up and is of the page's build. @errors version-mismatch, worker-died */
  readonly ready: Promise<void>;
  terminate(): void;
}

/**
 * Starts a worker and watches over it: it dies of an error that nobody caught, of a message that cannot be
 * read, and, where it beats, of silence.
 * @param patienceS seconds without a beat; null: it sends none
 */
export function startWorker<Api>(
  url: string,
  name: string,
  patienceS: number | null,
): WorkerEnd<Api> {
  const watch = new DeathWatch();
  const worker = new Worker(workerUrl(url), { type: 'module', name });
  worker.addEventListener('error', (event) => {
    // It is told where its calls are made; unhandled it would count as a fault of the page, too.
    event.preventDefault();
    watch.report(died(name, `stopped: ${event.message || 'no reason given'}`));
  });
  worker.addEventListener('messageerror', () => {
    watch.report(died(name, 'stopped: a message could not be read'));
  });
  const heart = { beat: null as Heartbeat | null };
  worker.addEventListener('message', ({ data }) => {
    if (data !== BEAT || patienceS === null || watch.error !== null) return;
    // The first one tells that it has loaded, which may take its time.
    heart.beat ??= new Heartbeat(patienceS, () => {
      const what = `gave no sign of life for ${String(patienceS)} seconds`;
      watch.report(died(name, what, SILENT));
    });
    heart.beat.hear();
  });
  watch.onDeath(() => {
    heart.beat?.end();
    worker.terminate();
  });
  const remote = guardRemote(wrap<Api & OfBuild>(worker), watch);
  return {
    remote,
    watch,
    ready: checkBuild(remote, name),
    terminate: () => {
      remote[releaseProxy]();
      watch.report(new AppError('worker-died', 'The session was closed.'));
    },
  };
}

function died(name: string, what: string, reason = ''): AppError {
  return new AppError('worker-died', `The ${name} worker ${what}.`, {
    hint: 'Finished jobs are stored. It is started anew when it is needed next.',
    details: { reason },
  });
}
