import type { BenchBridge, BenchMessage } from './bench-messages.ts';
import type { BenchTask } from './task.ts';

const tell = (message: BenchMessage): void => {
  void (globalThis as BenchBridge).mmgridTell?.(message);
};

const task = (await (await fetch('/__run/task.json')).json()) as BenchTask;
const worker = new Worker(new URL('./bench.worker.ts', import.meta.url), { type: 'module' });
worker.addEventListener('message', (event: MessageEvent<BenchMessage>) => {
  tell(event.data);
});
worker.addEventListener('error', (event) => {
  tell({ type: 'failed', message: `The worker stopped: ${event.message}` });
});
worker.postMessage(task);
