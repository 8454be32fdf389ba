import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { MergeMessage } from '../../workers/merge-files/merge-messages.ts';
import { EXIT } from '../headless/exit-codes.ts';
import { ensureNodeBundle, MERGES } from '../node-bundle.ts';
import { relaxedSimdFlags } from '../test/relaxed-simd.ts';
import type { MergeArguments } from './arguments.ts';
import { beginMerge, type BegunMerge } from './begin-merge.ts';
import { clearOwn } from './leftovers.ts';
import type { MergeThreadData } from './serve-merges.ts';

/** The part of a thread that merges that is used. */
export interface MergeThread {
  on(type: 'message', listener: (message: MergeMessage) => void): unknown;
  on(type: 'error', listener: (error: Error) => void): unknown;
  on(type: 'exit', listener: () => void): unknown;
  /** First what is to be done, then whether to stop. */
  postMessage(message: MergeThreadData | 'stop'): void;
  terminate(): Promise<unknown>;
}

/** Starts one, given the folder of its bundle. */
export type StartMerges = (bundle: string) => MergeThread;

/** One call of `npm run merge` in Node: the merges in a thread, this one for the terminal. */
export class NodeMergeRun {
  private readonly settings: MergeArguments;
  private readonly startThread: StartMerges;
  private begun: BegunMerge | null = null;
  private thread: MergeThread | null = null;
  private isStopping = false;

  constructor(settings: MergeArguments, startThread: StartMerges = startMergeThread) {
    this.settings = settings;
    this.startThread = startThread;
  }

  /** Runs to the end; gives the exit code. Nothing unfinished is left in the out folder. */
  async main(): Promise<number> {
    const { outDir, isCheck } = this.settings;
    const bundle = await ensureNodeBundle(MERGES, () => {
      console.log('Bundles the merges; this happens once after a change and takes some seconds.');
    });
    // Node 20 has fused multiply-add behind a flag; threads take it over.
    relaxedSimdFlags().forEach(setFlagsFromString);
    // Recipes are read while the thread loads.
    const thread = this.startThread(bundle);
    const begun = beginMerge(this.settings);
    if (begun.jobs.length === 0) {
      await thread.terminate();
      return EXIT.inputWrong;
    }
    this.begun = begun;
    // Two presses of Ctrl-C leave at once: what can be taken away without waiting still is.
    const clear = (): void => {
      clearOwn(outDir);
    };
    if (!isCheck) process.once('exit', clear);
    try {
      return await this.inThread(thread, begun);
    } finally {
      // The thread has taken away what it had not finished.
      process.off('exit', clear);
    }
  }

  /** First call: stop and remove what is not finished. Second, or before the thread: leave. */
  stop(): void {
    if (this.isStopping || this.thread === null) process.exit(EXIT.stopped);
    this.isStopping = true;
    this.begun?.terminal.stopping();
    this.thread.postMessage('stop');
  }

  private async inThread(thread: MergeThread, begun: BegunMerge): Promise<number> {
    const { jobs, isCheck, budgetBytes, terminal, finished } = begun;
    const { executor, adapter, threads, mayReplace, options } = this.settings;
    const recipes = jobs.map(({ text }) => text);
    const data: MergeThreadData = {
      task: { recipes, executor, options: { ...options, budgetBytes }, isCheck },
      ...{ jobs, mayReplace, adapter },
      threads: threads ?? availableParallelism(),
    };
    this.thread = thread;
    thread.on('message', (message: MergeMessage) => {
      terminal.show(message);
    });
    const ended = new Promise<void>((resolve) => {
      thread.on('error', (error) => {
        terminal.died(`The thread that merges ended: ${error.message}.`);
      });
      thread.on('exit', () => {
        terminal.died('The thread that merges ended without a result.');
        resolve();
      });
    });
    thread.postMessage(data);
    await ended;
    return await finished;
  }
}

function startMergeThread(bundle: string): MergeThread {
  return new Worker(join(bundle, 'merges.mjs'), {
    execArgv: [],
    // Node's own limit, 2 to 4 GB, is one of pages; large vocabularies have large tables of names.
    resourceLimits: { maxOldGenerationSizeMb: Math.max(4096, (totalmem() / 2 ** 20) * 0.75) },
  });
}
