import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../src/compute/executor.ts';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { AppError, toAppError } from '../../src/core/errors.ts';
import type { ExecutorChoice, SessionReport } from '../../src/lab/job/events.ts';
import { MATMUL_CALIBRATION } from '../../src/nn/ops/matmul-calibration.ts';
import { CalibrationStore } from '../../src/store/calibrations.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { createKernelThread, kernelThreadCount } from './kernel-thread.ts';

export interface OpenedExecutor {
  readonly executor: Executor;
  readonly report: SessionReport;
}

/** The machines there are; given by tests that have no say over the adapter. */
export interface Machines {
  readonly webgpu: () => Promise<Executor>;
  readonly cpu: () => Promise<Executor>;
}

const MACHINES: Machines = { webgpu: openWebGpu, cpu: openCpu };

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
 * Opens the machine that was asked for. 'auto' takes a hardware GPU, else the CPU, else (where the
 * CPU only has the slow reference kernels) a software GPU; the report says why it is no GPU and
 * what the user can do about it.
 * @errors webgpu-unavailable, adapter-unavailable when 'webgpu' was asked for
 */
export async function openExecutor(
  choice: ExecutorChoice,
  machines: Machines = MACHINES,
): Promise<OpenedExecutor> {
  const opened = (executor: Executor, reason = '', hint = ''): OpenedExecutor => ({
    executor,
    report: { choice, profile: executor.profile, reason, hint: hint.trim() },
  });
  switch (choice) {
    case 'webgpu':
      return opened(await machines.webgpu());
    case 'cpu':
      return opened(await machines.cpu());
    case 'auto': {
      const gpu = await machines.webgpu().catch(toAppError);
      if (gpu instanceof AppError) {
        const cpu = await machines.cpu();
        return opened(cpu, gpu.message, `${gpu.hint} Until then the CPU computes${paceOf(cpu)}.`);
      }
      if (!gpu.profile.isSoftware) return opened(gpu);
      const cpu = await machines.cpu();
      if (!isCompiled(cpu)) {
        cpu.destroy();
        return opened(gpu);
      }
      gpu.destroy();
      return opened(
        cpu,
        'There is no hardware GPU: the browser only imitates one, many times slower than the CPU.',
        'The CPU computes. A browser with hardware acceleration turned on may be faster still.',
      );
    }
  }
}

/** False for the kernels' reference twins in JavaScript, which even a software GPU outruns. */
function isCompiled({ profile }: Executor): boolean {
  return profile.architecture !== 'javascript';
}

function paceOf(cpu: Executor): string {
  return isCompiled(cpu) ? '' : ': slowly';
}
