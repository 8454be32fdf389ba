import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ensureNodeBundle } from '../../scripts/node-bundle.ts';
import { relaxedSimdFlags } from '../../scripts/test/relaxed-simd.ts';
import type { WarmAnswer, WarmCall } from '../support/programs/warm-call.ts';
import { PROJECT_ROOT } from '../support/sources.ts';

const WARM = {
  name: 'warm',
  entries: {
    programs: 'test/support/programs/warm-programs.ts',
    kernels: 'workers/node/bundled-thread.ts',
    ranges: 'scripts/merge/range-thread.ts',
  },
};

let warm: Promise<ChildProcess> | null = null;

/**
 * Runs a command to its end in a process that all such calls share, one after the other. A process of its own
 * loads and compiles everything again, which is three fifths of what a small run takes: it is for what is about
 * processes, their signals and their ends.
 */
export async function runWarm(
  program: WarmCall['program'],
  words: readonly string[],
): Promise<WarmAnswer> {
  const answer = last.then(() => ask({ program, words }));
  last = answer.catch(() => undefined);
  return answer;
}

let last: Promise<unknown> = Promise.resolve();

async function ask(call: WarmCall): Promise<WarmAnswer> {
  // A start that failed is told to whoever asked for it, and tried again for the next.
  warm ??= start().catch((error: unknown) => {
    warm = null;
    throw error;
  });
  const child = await warm;
  return new Promise((resolve, reject) => {
    const died = (): void => {
      warm = null;
      reject(new Error(`The warm process died of ${call.program} ${call.words.join(' ')}`));
    };
    child.once('exit', died);
    child.once('message', (answer) => {
      child.off('exit', died);
      resolve(answer as WarmAnswer);
    });
    child.send(call);
  });
}

async function start(): Promise<ChildProcess> {
  const bundle = await ensureNodeBundle(WARM);
  const child = fork(join(bundle, 'programs.mjs'), {
    cwd: PROJECT_ROOT,
    execArgv: relaxedSimdFlags(),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // It ends with this process, and does not keep it.
  child.unref();
  child.channel?.unref();
  return child;
}
