import type { KernelThread } from '../../src/compute/wasm/thread.ts';
import kernelWorkerUrl from './kernel.worker.ts?worker&url';
import { workerUrl } from '../rpc/worker-url.ts';

/** Starts a worker for the CPU executor. */
export function createKernelThread(): KernelThread {
  return new Worker(workerUrl(kernelWorkerUrl), { type: 'module', name: 'kernel' });
}

/** More threads gain little: the models of this page are small, and threads wait for the slowest. */
const MOST_THREADS = 4;

/** Threads for this machine, the lab worker's own included. */
export function kernelThreadCount(): number {
  return Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1));
}
