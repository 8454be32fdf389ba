import { runThread, type ThreadStart } from '../../src/compute/wasm/thread.ts';

/** One more thread of the CPU executor. Its body never returns: the executor terminates it. */
self.addEventListener('message', (event: MessageEvent<ThreadStart>) => {
  runThread(event.data, () => {
    self.postMessage('ready');
  });
});
