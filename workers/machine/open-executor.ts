import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../src/compute/executor.ts';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { toAppError } from '../../src/core/errors.ts';
import type { ExecutorChoice } from '../../src/lab/job/events.ts';
import { MATMUL_CALIBRATION } from '../../src/nn/ops/matmul-calibration.ts';
import { CalibrationStore } from '../../src/store/calibrations.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { chooseMachine, type Machines, type OpenedExecutor } from './choose-machine.ts';
import { createKernelThread, kernelThreadCount } from './kernel-thread.ts';

const MACHINES: Machines = {
  webgpu: openWebGpu,
  cpu: openCpu,
  imitation: {
    reason:
      'There is no hardware GPU: the browser only imitates one, many times slower than the CPU.',
    hint: 'The CPU computes. A browser with hardware acceleration turned on may be faster still.',
  },
};

/** A GPU whose kernel variants are measured once and remembered, if only for this session. */
async function openWebGpu(): Promise<Executor> {
  const memory = await CalibrationStore.open().catch(() => new CalibrationStore(new MemoryStore()));
  try {
    const now = () => performance.now();
    const parts = { cases: MATMUL_CALIBRATION, memory, browser: navigator.userAgent, now };
    return await createWebGpuExecutor({ calibration: parts });
  } finally {
    memory.close();
  }
}

/** Kernels in WebAssembly; their twins in JavaScript where the browser has no SIMD for it. */
async function openCpu(): Promise<Executor> {
  const options = { threads: kernelThreadCount(), createThread: createKernelThread };
  try {
    return await createWasmExecutor(options);
  } catch (thrown) {
    if (toAppError(thrown).code !== 'wasm-unavailable') throw thrown;
    return createCpuExecutor();
  }
}

/**
 * Opens the machine of this page that was asked for.
 * @param machines of tests, which have no say over the adapter
 * @errors as chooseMachine
 */
export function openExecutor(
  choice: ExecutorChoice,
  machines: Partial<Machines> = {},
): Promise<OpenedExecutor> {
  return chooseMachine(choice, { ...MACHINES, ...machines });
}
