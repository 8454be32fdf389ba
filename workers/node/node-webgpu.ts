import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { AppError, toAppError } from '../../src/core/errors.ts';
import { MATMUL_CALIBRATION } from '../../src/nn/ops/matmul-calibration.ts';
import { CalibrationStore } from '../../src/store/calibrations.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { installWebGpu } from './install-webgpu.ts';

/** @errors webgpu-unavailable, adapter-unavailable */
export async function openNodeWebGpu(adapter: string | null): Promise<Executor> {
  await installWebGpu(adapter);
  const memory = new CalibrationStore(new MemoryStore());
  const now = () => performance.now();
  const browser = `Node ${process.version}`;
  try {
    return await createWebGpuExecutor({
      calibration: { cases: MATMUL_CALIBRATION, memory, browser, now },
    });
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== 'adapter-unavailable') throw error;
    const named = adapter === null ? 'no GPU' : `no GPU named "${adapter}"`;
    throw new AppError('adapter-unavailable', `WebGPU finds ${named} on this machine.`, {
      hint: 'It needs a driver for Vulkan, Metal or Direct3D 12; npm run doctor lists what there is.',
      cause: thrown,
    });
  }
}
