import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { AppError, toAppError } from '../../src/core/errors.ts';
import { MATMUL_CALIBRATION } from '../../src/nn/ops/matmul-calibration.ts';
import { CalibrationStore } from '../../src/store/calibrations.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { calibrationFiles } from './calibration-files.ts';
import { installWebGpu } from './install-webgpu.ts';

/**
 * @param adapter part of a name; null takes the fastest
 * @param calibrations folder of what was measured before; null measures anew
 * @errors webgpu-unavailable, adapter-unavailable
 */
export async function openNodeWebGpu(
  adapter: string | null,
  calibrations: string | null,
): Promise<Executor> {
  await installWebGpu(adapter);
  const memory =
    calibrations === null
      ? new CalibrationStore(new MemoryStore())
      : calibrationFiles(calibrations);
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
