import { createCpuExecutor } from '../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../src/compute/executor.ts';
import { createWebGpuExecutor } from '../src/compute/webgpu/webgpu-executor.ts';
import { toAppError } from '../src/core/errors.ts';
import type { SessionReport } from '../src/lab/events.ts';
import type { ExecutorChoice } from './api.ts';

export interface OpenedExecutor {
  readonly executor: Executor;
  readonly report: SessionReport;
}

/**
 * Opens the machine that was asked for. With 'auto' a missing or failing WebGPU is no error: the
 * CPU executor runs, and the report says why and what the user can do about it.
 * @errors webgpu-unavailable, adapter-unavailable when 'webgpu' was asked for
 */
export async function openExecutor(choice: ExecutorChoice): Promise<OpenedExecutor> {
  if (choice === 'cpu') return reported(createCpuExecutor(), '', '');
  try {
    return reported(await createWebGpuExecutor(), '', '');
  } catch (thrown) {
    if (choice === 'webgpu') throw thrown;
    const { message, hint } = toAppError(thrown);
    return reported(createCpuExecutor(), message, `${hint} Until then the CPU computes: slowly.`);
  }
}

function reported(executor: Executor, reason: string, hint: string): OpenedExecutor {
  return { executor, report: { profile: executor.profile, reason, hint: hint.trim() } };
}
