import { join } from 'node:path';
import { sendBeatsTo } from '../../src/core/beat.ts';
import { toAppError } from '../../src/core/errors.ts';
import type { HeadlessMessage, HeadlessTask } from '../../workers/headless/headless-messages.ts';
import { runTask } from '../../workers/headless/run-task.ts';
import type { LabService } from '../../workers/lab/lab-service.ts';
import { startKernelThread } from '../../workers/node/kernel-thread.ts';
import { nodeHost, nodeLab, type NodeHostOptions } from '../../workers/headless/node/node-host.ts';
import { beating } from '../../workers/rpc/heartbeat.ts';
import { listFolder } from '../server/list-folder.ts';
import { PROJECT_ROOT } from '../project.ts';
import { compileKernels } from '../wasm-kernels.ts';

/** What a thread with a lab is started with. */
export interface LabThreadData extends Pick<
  NodeHostOptions,
  'threads' | 'adapter' | 'storeDir' | 'outDir' | 'dataDir' | 'baseDir'
> {
  readonly task: HeadlessTask;
}

/** What it tells the first thread. */
export type LabThreadMessage =
  | { readonly kind: 'tell'; readonly message: HeadlessMessage }
  /** A claim that needs heartbeats from now on, or no longer. */
  | { readonly kind: 'claim'; readonly path: string; readonly isHeld: boolean }
  /** A sign of life. */
  | { readonly kind: 'alive' };

/** The other end of a lab: the part of a thread's port that is used. */
export interface LabPort {
  postMessage(message: LabThreadMessage): void;
  /** The only message there is: Ctrl-C. */
  on(type: 'message', listener: () => void): unknown;
  close(): void;
}

/** The lab of a headless run in Node, from its task to its end. Everything is told, nothing thrown. */
export async function serveLab({ task, ...settings }: LabThreadData, port: LabPort): Promise<void> {
  const post = (message: LabThreadMessage): void => {
    port.postMessage(message);
  };
  const tell = (message: HeadlessMessage): Promise<void> => {
    post({ kind: 'tell', message });
    return Promise.resolve();
  };
  const onNotice = (text: string): void => void tell({ type: 'note', text });
  const now = () => performance.now();
  const beats = beating(() => {
    post({ kind: 'alive' });
  }, now);
  sendBeatsTo(beats.once);
  const options: NodeHostOptions = {
    ...settings,
    onNotice,
    listFolder,
    calibrations: join(PROJECT_ROOT, '.cache', 'calibrations'),
    createThread: () => startKernelThread(new URL('kernels.mjs', import.meta.url)),
    loadKernels: async (name) => {
      const bytes = await compileKernels(name, () => {
        onNotice('Compiles the kernels; this happens once and takes some seconds.');
      });
      return new Uint8Array(bytes);
    },
    beat: (path) => {
      post({ kind: 'claim', path, isHeld: true });
      return () => {
        post({ kind: 'claim', path, isHeld: false });
      };
    },
  };
  const lab = openLab(options, tell);
  if (lab === null) {
    beats.end();
    port.close();
    return;
  }
  const stop = { isAsked: false };
  port.on('message', () => {
    stop.isAsked = true;
    void lab.stop();
  });
  try {
    await runTask(task, nodeHost(lab, options), stop, tell);
  } finally {
    await lab.close();
    beats.end();
    port.close();
  }
}

/** null where the store cannot be one: its folder was given wrongly, and that is told. */
function openLab(
  options: NodeHostOptions,
  tell: (message: HeadlessMessage) => Promise<void>,
): LabService | null {
  try {
    return nodeLab(options);
  } catch (thrown) {
    const { code, message, hint, faults } = toAppError(thrown);
    const type = code === 'storage-unavailable' ? 'refused' : 'failed';
    void tell({ type, error: { code, message, hint }, faults });
    return null;
  }
}
