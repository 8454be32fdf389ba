import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { viewOf } from '../../src/compute/executor.ts';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { WebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { FakeDevice } from '../support/machine/fake-device.ts';

beforeAll(() => {
  vi.stubGlobal('GPUBufferUsage', { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, STORAGE: 128 });
  vi.stubGlobal('GPUMapMode', { READ: 1 });
});
afterAll(() => {
  vi.unstubAllGlobals();
});

/** An executor on a device that copies as it is told, with 1 … 8 in a buffer. */
function open(length = 8) {
  const device = new FakeDevice();
  const { maxBufferSize } = device.limits;
  const limits = { maxBufferSize, maxStorageBufferBindingSize: maxBufferSize };
  const profile = { ...createCpuExecutor().profile, limits };
  const executor = new WebGpuExecutor({ device: device as unknown as GPUDevice, profile });
  const numbers = executor.allocate('numbers', 'u32', length);
  const values = Uint32Array.from({ length }, (_, i) => i + 1);
  executor.write(numbers, values);
  return { device, executor, numbers, values };
}

/** Buffers of reads that were not given back. */
const left = ({ buffers }: FakeDevice) =>
  buffers.filter(({ label, isDestroyed }) => label.startsWith('read ') && !isDestroyed);

describe('a read-back', () => {
  it('takes the range that was asked for', async () => {
    const { device, executor, numbers, values } = open();
    expect(await executor.read(numbers)).toEqual(values);
    expect(await executor.read(viewOf(numbers, 2, 3))).toEqual(Uint32Array.of(3, 4, 5));
    expect(left(device)).toEqual([]);
  });

  it('takes zeros that are the data', async () => {
    const { executor } = open();
    const fresh = executor.allocate('fresh', 'f32', 64);
    expect(await executor.read(fresh)).toEqual(new Float32Array(64));
  });

  it('is refused when its copy never ran, and the next one is whole again', async () => {
    const { device, executor, numbers, values } = open();
    device.submits = 'vanish';
    await expect(executor.read(numbers)).rejects.toMatchObject({
      name: 'AppError',
      code: 'readback-failed',
      message: 'Could not read "numbers" from the GPU.',
      hint: expect.stringMatching(/Start the run again/) as string,
    });
    await expect(executor.readFloats(numbers)).rejects.toMatchObject({ code: 'readback-failed' });
    expect(left(device)).toEqual([]);
    device.submits = 'run';
    expect(await executor.read(numbers)).toEqual(values);
  });

  it('waits for a copy that runs after the memory was handed out', async () => {
    const { device, executor, numbers, values } = open();
    device.submits = 'run late';
    expect(await executor.read(numbers)).toEqual(values);
    expect(left(device)).toEqual([]);
  });

  it.each([255, 256])(
    'reads a buffer as large as the device allows: %d numbers',
    async (length) => {
      const { device, executor, numbers, values } = open(length);
      expect(await executor.read(numbers)).toEqual(values);
      device.submits = 'vanish';
      await expect(executor.read(numbers)).rejects.toMatchObject({ code: 'readback-failed' });
      expect(left(device)).toEqual([]);
    },
  );
});
