import { AppError } from '../../core/errors.ts';
import type { Executor } from '../executor.ts';
import { calibrate, measuredSpeed } from './calibrate.ts';
import { openDevice } from './device.ts';
import { WebGpuExecutor } from './webgpu-executor.ts';
import { SUBMIT_MS, type WebGpuOptions } from './webgpu-options.ts';

/** Opens the GPU. @errors webgpu-unavailable, adapter-unavailable, invalid-argument */
export async function createWebGpuExecutor(options: WebGpuOptions = {}): Promise<Executor> {
  const opened = await openDevice();
  const executor = new WebGpuExecutor(opened, options);
  if (options.precision === 'f16' && !opened.profile.features.includes('shader-f16')) {
    executor.destroy();
    throw new AppError('invalid-argument', 'This adapter has no float16 (shader-f16).', {
      hint: 'Leave the precision at f32.',
    });
  }
  const { calibration, variants } = options;
  if (calibration !== undefined && variants === undefined && !executor.profile.isSoftware) {
    try {
      const found = await calibrate(executor, calibration);
      const flopsPerMs = measuredSpeed(found, calibration.cases);
      executor.adopt(found, (flopsPerMs * (options.submitMs ?? SUBMIT_MS)) / 2);
    } catch (error) {
      executor.destroy();
      throw error;
    }
  }
  return executor;
}
