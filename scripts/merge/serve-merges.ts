import type { MergeMessage, MergeTask } from '../../workers/merge-files/merge-messages.ts';
import {
  nodeMerges,
  type NodeMergeOptions,
} from '../../workers/merge-files/node/node-merge-host.ts';
import { runMergeTask } from '../../workers/merge-files/run-merge-task.ts';
import { startKernelThread } from '../../workers/node/kernel-thread.ts';
import { startRangeThread } from '../../workers/node/ranges/thread-lanes.ts';
import { compileKernels } from '../wasm-kernels.ts';
import { listModel } from './list-model.ts';
import type { MergeJob } from './merge-job.ts';

/** What a thread that merges is to do. */
export interface MergeThreadData extends Pick<
  NodeMergeOptions,
  'threads' | 'adapter' | 'mayReplace'
> {
  readonly task: MergeTask;
  /** In the order of the task's recipes. */
  readonly jobs: readonly MergeJob[];
}

/** The other end of the merges: the part of a thread's port that is used. */
export interface MergePort {
  postMessage(message: MergeMessage): void;
  /** The only message that follows the data: Ctrl-C. */
  on(type: 'message', listener: () => void): unknown;
  close(): void;
}

/** A script of the same bundle. */
const beside = (name: string): URL => new URL(name, import.meta.url);

/** Merges in Node, from their task to their end. Everything is told, nothing thrown. */
export async function serveMerges(
  { task, jobs, ...settings }: MergeThreadData,
  port: MergePort,
): Promise<void> {
  const tell = (message: MergeMessage): Promise<void> => {
    port.postMessage(message);
    return Promise.resolve();
  };
  const merges = nodeMerges({
    ...settings,
    targets: jobs.map(({ outDir }) => outDir),
    listModel: async (recipe, reference) => {
      const job = jobs[recipe];
      return job === undefined ? 'There is no such recipe.' : listModel(job, reference);
    },
    createThread: () => startKernelThread(beside('kernels.mjs')),
    startRangeThread: (module) => startRangeThread(beside('ranges.mjs'), module),
    loadKernels: async (name) => {
      const bytes = await compileKernels(name, () => {
        const text = 'Compiles the kernels; this happens once and takes some seconds.';
        void tell({ type: 'note', text });
      });
      return new Uint8Array(bytes);
    },
  });
  const stop = { isAsked: false };
  port.on('message', () => {
    stop.isAsked = true;
    void merges.stop();
  });
  if (!task.isCheck && task.executor !== 'webgpu') merges.prepare();
  try {
    await runMergeTask(task, merges.host, stop, tell);
  } finally {
    await merges.close();
    port.close();
  }
}
