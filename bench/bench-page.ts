import type { BenchBridge, BenchMessage } from './bench-messages.ts';
import { runBench } from './run-bench.ts';
import type { BenchTask } from './task.ts';

const tell = (message: BenchMessage): Promise<void> | undefined =>
  (globalThis as BenchBridge).mmgridTell?.(message);

try {
  const task = (await (await fetch('/__run/task.json')).json()) as BenchTask;
  await runBench(task, {
    rounds: task.rounds,
    now: () => performance.now(),
    onNote: (text) => void tell({ type: 'note', text }),
    onResults: (results) => void tell({ type: 'results', results }),
  });
  await tell({ type: 'ended' });
} catch (error) {
  await tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}
