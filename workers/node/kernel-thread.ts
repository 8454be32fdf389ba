import { Worker, parentPort } from 'node:worker_threads';
import { runThread, type KernelThread, type ThreadStart } from '../../src/compute/wasm/thread.ts';

/**
 * Starts a script whose body is `serveKernelThread` as a thread of the CPU executor: the script of a
 * bundle may be the bundle itself. The executor terminates it; it keeps no process alive before.
 */
export function startKernelThread(script: URL): KernelThread {
  const worker = new Worker(script);
  return {
    postMessage: (message) => {
      worker.postMessage(message);
    },
    addEventListener: (type, listener) => {
      worker.on(type, (value: unknown) => {
        // A thread that computes never returns to its event loop: it must not hold the program open.
        if (type === 'message') worker.unref();
        listener(new MessageEvent(type, { data: value }));
      });
    },
    terminate: () => void worker.terminate(),
  };
}

/** Body of such a thread: takes part in the programs of the executor that started it. */
export function serveKernelThread(): void {
  parentPort?.once('message', (start: ThreadStart) => {
    runThread(start, () => {
      parentPort?.postMessage('ready');
    });
  });
}
