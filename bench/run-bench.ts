import { createCpuExecutor } from '../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../src/compute/executor.ts';
import type { KernelThread } from '../src/compute/wasm/thread.ts';
import { createWasmExecutor } from '../src/compute/wasm/create-wasm-executor.ts';
import { createWebGpuExecutor } from '../src/compute/webgpu/create-webgpu-executor.ts';
import { MATMUL_CALIBRATION } from '../src/nn/ops/matmul-calibration.ts';
import { CalibrationStore } from '../src/store/calibrations.ts';
import { MemoryStore } from '../src/store/memory-store.ts';
import type { Engine, EngineGroup } from './engine.ts';
import { installGpuCounters } from './gpu-counters.ts';
import { measureCase, tooSlow, type MeasureOptions } from './measure.ts';
import { ownEngine } from './own-engine.ts';
import type { BenchResult } from './result.ts';
import type { BenchSuite } from './suite.ts';
import type { BenchTask, ExecutorName } from './task.ts';

const modules = import.meta.glob<{ suite: BenchSuite }>('./suites/*.ts', { eager: true });

export const SUITES: readonly BenchSuite[] = Object.values(modules).map(({ suite }) => suite);

export interface BenchHost extends MeasureOptions {
  readonly onResults: (results: readonly BenchResult[]) => void;
  /** Starts a thread of the WebAssembly executor. */
  readonly createThread: () => KernelThread;
}

/** Does a task: the groups of engines one after the other, the engines of a group side by side. */
export async function runBench(task: BenchTask, host: BenchHost): Promise<void> {
  installGpuCounters();
  for (const group of task.groups) {
    const engines = await openEngines(task, group, host);
    try {
      if (task.profile) await profileGroup(task, engines, host);
      else await measureGroup(task, engines, host);
    } finally {
      for (const engine of engines) engine.destroy();
    }
  }
}

async function measureGroup(
  task: BenchTask,
  engines: readonly Engine[],
  host: BenchHost,
): Promise<void> {
  if (engines.length === 0) return;
  host.onNote(`Measuring ${engines.map(({ name }) => name).join(', ')}`);
  for (const suite of SUITES.filter(({ name }) => name.includes(task.filter))) {
    for (const one of suite.cases.filter(({ size }) => task.sizes.includes(size))) {
      host.onNote(`  ${suite.name}: ${one.name}`);
      host.onResults(await measureCase(suite, one, engines, host));
    }
  }
}

async function profileGroup(
  task: BenchTask,
  engines: readonly Engine[],
  host: BenchHost,
): Promise<void> {
  for (const one of SUITES.flatMap(({ cases }) => cases)) {
    if (one.workload?.kind !== 'train-step' || !task.sizes.includes(one.size)) continue;
    for (const engine of engines) {
      const reason = tooSlow(one, engine);
      const text = reason === '' ? await engine.profile?.(one, task.rounds) : `skipped: ${reason}`;
      if (text !== undefined) host.onNote(`\n${one.name}, ${engine.name}\n${text}`);
    }
  }
}

/** Ours first: what peers compute is compared with it. */
async function openEngines(
  task: BenchTask,
  group: EngineGroup,
  host: BenchHost,
): Promise<Engine[]> {
  const engines: Engine[] = [];
  for (const name of task.executors) {
    if (groupOf(name) === group) engines.push(...(await openOwn(name, task, host)));
  }
  if (!task.peers || engines.length === 0) return engines;
  const { adapter, expectedFlops } = engines[0] as Engine;
  const isSoftware = expectedFlops !== Infinity;
  for (const open of await peersOf(group)) {
    try {
      engines.push(await open(adapter, isSoftware));
    } catch (error) {
      host.onNote(`A peer cannot run: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return engines;
}

function groupOf(name: ExecutorName): EngineGroup {
  return name === 'webgpu' ? 'webgpu' : 'cpu';
}

async function openOwn(
  name: ExecutorName,
  { threads }: BenchTask,
  { createThread, onNote }: BenchHost,
): Promise<Engine[]> {
  switch (name) {
    case 'webgpu':
      return [ownEngine(name, await openWebGpu())];
    case 'cpu-ts':
      return [ownEngine(name, createCpuExecutor())];
    case 'wasm':
      break;
  }
  const engines: Engine[] = [];
  for (const count of threads) {
    const executor = await createWasmExecutor({ threads: count, createThread });
    if (executor.profile.limits['threads'] === count) {
      engines.push(ownEngine(`wasm ${count} thread${count === 1 ? '' : 's'}`, executor));
    } else {
      onNote(`No wasm with ${count} threads here: ${executor.profile.description}`);
      executor.destroy();
    }
  }
  return engines;
}

/** As the page opens it: on hardware the variants of matrix products are timed first. */
function openWebGpu(): Promise<Executor> {
  const memory = new CalibrationStore(new MemoryStore());
  const now = () => performance.now();
  const browser = navigator.userAgent;
  return createWebGpuExecutor({
    calibration: { cases: MATMUL_CALIBRATION, memory, browser, now },
  });
}

type OpenPeer = (adapter: string, isSoftware: boolean) => Promise<Engine>;

/** Loaded only when asked for: the packages are large and start devices of their own. */
async function peersOf(group: EngineGroup): Promise<OpenPeer[]> {
  const { openJax } = await import('./peers/jax.ts');
  if (group === 'cpu') return [() => openJax('wasm', 'WebAssembly', true)];
  const { openTfjs } = await import('./peers/tfjs.ts');
  return [(adapter, isSoftware) => openJax('webgpu', adapter, isSoftware), openTfjs];
}
