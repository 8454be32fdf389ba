import { createKernelThread } from '../workers/machine/kernel-thread.ts';
import type { BenchMessage } from './bench-messages.ts';
import { runBench } from './run-bench.ts';
import type { BenchTask } from './task.ts';

const tell = (message: BenchMessage): void => {
  postMessage(message);
};

/** Measures where the page computes too: in a worker, which may sleep while others work. */
addEventListener('message', (event: MessageEvent<BenchTask>) => {
  void work(event.data);
});

async function work(task: BenchTask): Promise<void> {
  try {
    await runBench(task, {
      rounds: task.rounds,
      now: () => performance.now(),
      onNote: (text) => {
        tell({ type: 'note', text });
      },
      onResults: (results) => {
        tell({ type: 'results', results });
      },
      createThread: createKernelThread,
    });
    tell({ type: 'ended' });
  } catch (error) {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}
