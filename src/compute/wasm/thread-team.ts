import { beat } from '../../core/beat.ts';
import { AppError } from '../../core/errors.ts';
import { Barrier, CONTROL, CONTROL_WORDS } from './barrier.ts';
import { encodeCalls, encodedLength, type KernelCall } from './calls.ts';
import type { WasmHeap } from './heap.ts';
import type { KernelThread, ThreadStart } from './thread.ts';

/** How long a thread may take to load; a page that forbids workers must not hang. */
const START_TIMEOUT_MS = 10_000;

/** The executor's other threads: they run the same calls, each its share. */
export class ThreadTeam {
  /** Threads with the executor's own. */
  readonly size: number;
  private readonly heap: WasmHeap;
  private readonly control: Int32Array;
  private readonly barrier: Barrier;
  private readonly threads: readonly KernelThread[];
  private programs = 0;

  /** @errors internal when a thread does not come up; none is left running then */
  static async start(
    heap: WasmHeap,
    module: WebAssembly.Module,
    scratchBytes: number,
    count: number,
    createThread: () => KernelThread,
  ): Promise<ThreadTeam> {
    const control = heap.allocate('thread control', CONTROL_WORDS * 4);
    const threads: KernelThread[] = [];
    try {
      for (let part = 1; part < count; part++) {
        const scratch = heap.allocate('thread scratch', scratchBytes);
        const thread = createThread();
        threads.push(thread);
        const { memory } = heap;
        const start = { module, memory, control, scratch, scratchBytes, part, threads: count };
        await started(thread, start);
      }
    } catch (error) {
      for (const thread of threads) thread.terminate();
      throw error;
    }
    return new ThreadTeam(heap, control, threads);
  }

  private constructor(heap: WasmHeap, control: number, threads: readonly KernelThread[]) {
    this.heap = heap;
    this.threads = threads;
    this.size = threads.length + 1;
    this.control = new Int32Array(heap.memory.buffer, control, CONTROL_WORDS);
    this.barrier = new Barrier(this.control, this.size, maySleep());
  }

  /** Puts calls where all threads can read them. */
  publish(calls: readonly KernelCall[]): PublishedCalls {
    const length = encodedLength(calls);
    const address = this.heap.allocate('program', length * 4);
    encodeCalls(calls, new Int32Array(this.heap.memory.buffer, address, length));
    return { address, id: ++this.programs };
  }

  /** Puts calls of the same lengths in the place of others; no thread may be running those. */
  publishAgain({ address }: PublishedCalls, calls: readonly KernelCall[]): PublishedCalls {
    const words = new Int32Array(this.heap.memory.buffer, address, encodedLength(calls));
    encodeCalls(calls, words);
    // Threads keep what they have decoded by its number.
    return { address, id: ++this.programs };
  }

  /**
   * Runs the calls together; `own` are the first thread's. `onDone` hears of each that all have
   * finished. @errors internal
   */
  run(
    { address, id }: PublishedCalls,
    own: readonly (() => void)[],
    onDone: ((index: number) => void) | null,
  ): void {
    const { control } = this;
    Atomics.store(control, CONTROL.program, address);
    Atomics.store(control, CONTROL.programId, id);
    Atomics.add(control, CONTROL.order, 1);
    Atomics.notify(control, CONTROL.order);
    let failure: unknown;
    own.forEach((call, index) => {
      beat();
      try {
        call();
      } catch (error) {
        failure ??= error;
      }
      // Also after a failure: the others count on every meeting.
      this.barrier.meet();
      onDone?.(index);
    });
    if (failure === undefined && Atomics.exchange(control, CONTROL.failed, 0) === 0) return;
    throw new AppError('internal', 'A CPU kernel stopped with a fault.', {
      hint: 'Finished cells are saved. This is a fault of the program.',
      cause: failure,
    });
  }

  end(): void {
    for (const thread of this.threads) thread.terminate();
  }
}

/** Where the other threads find a program. */
export interface PublishedCalls {
  readonly address: number;
  readonly id: number;
}

function started(thread: KernelThread, start: ThreadStart): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new AppError('internal', 'A CPU thread did not start in time.'));
    }, START_TIMEOUT_MS);
    thread.addEventListener('message', () => {
      clearTimeout(timer);
      resolve();
    });
    thread.addEventListener('error', () => {
      clearTimeout(timer);
      reject(new AppError('internal', 'A CPU thread could not be started.'));
    });
    thread.postMessage(start);
  });
}

/** A page's main thread may not sleep in Atomics.wait; workers and Node may. */
function maySleep(): boolean {
  return typeof document === 'undefined';
}
