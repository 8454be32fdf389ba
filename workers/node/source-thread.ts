import type { KernelThread } from '../../src/compute/wasm/thread.ts';
import { startKernelThread } from './kernel-thread.ts';

const SCRIPT = new URL('./source-thread.mjs', import.meta.url);

/** Starts a thread of the CPU executor in a program that runs from the sources: tests and scripts. */
export function createSourceThread(): KernelThread {
  return startKernelThread(SCRIPT);
}
