import { Worker } from 'node:worker_threads';
import { AppError } from '../../../src/core/errors.ts';
import type { RangeLane } from '../../../src/merge/ranges/range-session.ts';
import type { RangeDone } from '../../../src/merge/ranges/range-task.ts';
import type { RangeAnswer, RangeFailure, RangeOrder, RangeThreadData } from './range-thread.ts';

/** The part of a Worker that lanes use. */
export interface RangeThread {
  postMessage(order: RangeOrder): void;
  on(event: 'message', listener: (answer: RangeAnswer) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<unknown>;
}

/** Starts a script whose body is `serveRangeThread`. */
export function startRangeThread(script: URL, module: WebAssembly.Module): RangeThread {
  const workerData: RangeThreadData = { module };
  return new Worker(script, { workerData });
}

/** From the sources: tests and scripts. */
export function startSourceRangeThread(module: WebAssembly.Module): RangeThread {
  return startRangeThread(new URL('./source-range-thread.mjs', import.meta.url), module);
}

/** While a thread works on one lane's task, the next lies ready for it. */
const LANES_A_THREAD = 2;

interface Waiting {
  readonly resolve: (done: RangeDone) => void;
  readonly reject: (error: unknown) => void;
}

/** The lanes of one thread. */
export class ThreadLanes {
  readonly lanes: readonly RangeLane[];
  memoryBytes = 0;
  /** Says what a failure means: with the names of files, where a merge has taken the thread. */
  errorOf: (failure: RangeFailure) => AppError;
  /** Hears how many bytes a task has written into which file. */
  onWritten: (file: number, bytes: number) => void = () => undefined;
  private readonly thread: RangeThread;
  private readonly waiting = new Map<number, Waiting>();
  private death: AppError | null = null;
  private orders = 0;

  constructor(thread: RangeThread, errorOf: (failure: RangeFailure) => AppError) {
    this.thread = thread;
    this.errorOf = errorOf;
    this.lanes = Array.from({ length: LANES_A_THREAD }, (_, slot) => ({
      slot,
      run: (task: RangeOrder['task']) => this.run(task),
    }));
    thread.on('message', (answer) => {
      const waiting = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if (answer.kind === 'failed') waiting?.reject(this.errorOf(answer.failure));
      else {
        this.memoryBytes = answer.memoryBytes;
        waiting?.resolve(answer.done);
      }
    });
    thread.on('error', (cause) => {
      this.die(cause);
    });
    thread.on('exit', (code) => {
      this.die(new Error(`exit code ${code}`));
    });
  }

  async end(): Promise<void> {
    await this.thread.terminate();
  }

  private run(task: RangeOrder['task']): Promise<RangeDone> {
    if (this.death !== null) return Promise.reject(this.death);
    const id = this.orders++;
    return new Promise((resolve, reject) => {
      const done = (result: RangeDone): void => {
        if (task.output !== null) this.onWritten(task.output.file, result.bytesWritten);
        resolve(result);
      };
      this.waiting.set(id, { resolve: done, reject });
      this.thread.postMessage({ id, task });
    });
  }

  private die(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.death ??= new AppError('worker-died', `A thread of the merge has ended: ${reason}.`, {
      hint: 'Nothing of the result is left. Merge again; with less memory in use if it was short.',
      cause,
    });
    for (const { reject } of this.waiting.values()) reject(this.death);
    this.waiting.clear();
  }
}
