import type { AppError } from '../../core/errors.ts';
import { gpuError } from './gpu-error.ts';

/**
 * A buffer whose want of memory is heard of as such. Left to the device it would be told late, after all that
 * was refused because the buffer is none, and that reads as a fault of the program.
 * @param fail hears of it; the buffer is invalid then
 */
export function createBuffer(
  device: GPUDevice,
  descriptor: GPUBufferDescriptor,
  fail: (error: AppError) => void,
): GPUBuffer {
  device.pushErrorScope('out-of-memory');
  const buffer = device.createBuffer(descriptor);
  device.popErrorScope().then(
    (error) => {
      if (error !== null) fail(gpuError(error));
    },
    // The device is lost, which whoever waits for something hears.
    () => undefined,
  );
  return buffer;
}
