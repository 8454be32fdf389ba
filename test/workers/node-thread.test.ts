import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** A thread that reports itself and then computes for ever, as one that waits for programs does. */
const PROGRAM = `
  import { startKernelThread } from './workers/node/kernel-thread.ts';
  const script = "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('ready'); for (;;);";
  const thread = startKernelThread(new URL('data:text/javascript,' + encodeURIComponent(script)));
  thread.addEventListener('message', ({ data }) => { console.log(data); });
  thread.postMessage({});
`;

it('a thread of Node does not keep a program alive that is done', () => {
  const words = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM];
  const { status, signal, stdout } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    // Only ends what hangs.
    timeout: 30_000,
  });
  expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: 'ready\n' });
});
