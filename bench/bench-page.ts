import { createCpuExecutor } from '../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../src/compute/executor.ts';
import { createWebGpuExecutor } from '../src/compute/webgpu/webgpu-executor.ts';
import type { BenchBridge, BenchMessage, BenchTask } from './bench-messages.ts';
import { measureSuite } from './measure.ts';
import type { BenchSuite } from './suite.ts';

const modules = import.meta.glob<{ suite: BenchSuite }>('./suites/*.ts', { eager: true });

const tell = async (message: BenchMessage): Promise<void> => {
  await (globalThis as BenchBridge).mmgridTell?.(message);
};

try {
  const task = (await (await fetch('/__run/task.json')).json()) as BenchTask;
  const suites = Object.values(modules)
    .map(({ suite }) => suite)
    .filter(({ name }) => name.includes(task.filter));
  for (const kind of task.executors) await measureOn(kind, suites, task.rounds);
  await tell({ type: 'ended' });
} catch (error) {
  await tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}

async function measureOn(
  kind: 'webgpu' | 'cpu',
  suites: readonly BenchSuite[],
  rounds: number,
): Promise<void> {
  const executor = await open(kind);
  await tell({ type: 'note', text: `Measuring on ${executor.profile.name}` });
  for (const suite of suites) {
    const results = await measureSuite(suite, executor, {
      rounds,
      now: () => performance.now(),
      onRound: (done, total) => {
        void tell({ type: 'note', text: `  ${suite.name}: round ${done} of ${total}` });
      },
    });
    await tell({ type: 'results', results });
  }
  executor.destroy();
}

async function open(kind: 'webgpu' | 'cpu'): Promise<Executor> {
  return kind === 'cpu' ? createCpuExecutor() : createWebGpuExecutor();
}
