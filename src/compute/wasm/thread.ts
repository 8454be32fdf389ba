import { Barrier, CONTROL, CONTROL_WORDS } from './barrier.ts';
import { bindCall, decodeCalls } from './calls.ts';
import { KernelInstance } from './instance.ts';

/** Decoded programs a thread remembers; more are decoded again, freed ones do not pile up. */
const KEPT_PROGRAMS = 64;

/** What a thread needs to take part; sent once, before it waits for programs. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the control block. */
  readonly control: number;
  readonly scratch: number;
  readonly scratchBytes: number;
  /** 1 … threads - 1; thread 0 is the executor's own. */
  readonly part: number;
  readonly threads: number;
}

/** The part of a Worker that the executor uses. */
export interface KernelThread {
  postMessage(message: ThreadStart): void;
  addEventListener(type: 'message' | 'error', listener: (event: Event) => void): void;
  terminate(): void;
}

/**
 * Body of a kernel thread: waits for a program, does its share of every call, meets the others
 * after each. Never returns to its event loop; the executor terminates the worker.
 */
export function runThread(start: ThreadStart, ready: () => void): void {
  const { module, memory, part, threads } = start;
  const control = new Int32Array(memory.buffer, start.control, CONTROL_WORDS);
  const instance = new KernelInstance(module, memory);
  instance.setScratch(start.scratch, start.scratchBytes);
  const barrier = new Barrier(control, threads, true);
  const programs = new Map<number, (() => void)[]>();
  let order = Atomics.load(control, CONTROL.order);
  ready();
  for (;;) {
    Atomics.wait(control, CONTROL.order, order);
    order = Atomics.load(control, CONTROL.order);
    const address = Atomics.load(control, CONTROL.program) >>> 0;
    if (address === 0) return;
    const id = Atomics.load(control, CONTROL.programId);
    let calls = programs.get(id);
    if (calls === undefined) {
      // The memory may have grown since this thread last looked: take its present buffer.
      if (programs.size >= KEPT_PROGRAMS) programs.clear();
      const encoded = decodeCalls(new Int32Array(memory.buffer, address));
      calls = encoded.map((call) => bindCall(call, instance.functions, part, threads));
      programs.set(id, calls);
    }
    for (const call of calls) {
      try {
        call();
      } catch {
        Atomics.store(control, CONTROL.failed, 1);
      }
      barrier.meet();
    }
  }
}
