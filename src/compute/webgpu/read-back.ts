import type { BufferView, HostArray } from '../executor.ts';
import type { ElementType } from '../kernel.ts';
import { createBuffer } from './create-buffer.ts';
import type { GpuWaits } from './gpu-waits.ts';

/** Copied behind the data of every read; fresh memory is zero, so any other number does. */
const SEAL = 0x5ea1ed;
const SEAL_BYTES = 4;

/** How often a read-back is looked at: a late copy arrives before the second time. */
const LOOKS = 2;

/**
 * Reads from the GPU what has really been copied. A busy software adapter has handed memory out
 * whose copy had not run: zeros, which look like data. So the last command of every read copies a
 * seal behind the data, and only bytes with the seal behind them are taken. It costs no wait.
 */
export class ReadBack {
  private readonly device: GPUDevice;
  private readonly waits: GpuWaits;
  private readonly seal: GPUBuffer;

  constructor(device: GPUDevice, waits: GpuWaits) {
    this.device = device;
    this.waits = waits;
    this.seal = this.buffer({
      label: 'seal of reads',
      size: SEAL_BYTES,
      usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    device.queue.writeBuffer(this.seal, 0, Uint32Array.of(SEAL));
  }

  /**
   * A range of a buffer. It rejects as `mapAsync` does.
   * @throws Error when the copy never ran
   * @errors device-lost, also where `mapAsync` never settles
   */
  async read(source: GPUBuffer, { buffer, offset, length }: BufferView): Promise<HostArray> {
    return hostArray(buffer.type, await this.bytes(source, offset * 4, length * 4));
  }

  private buffer(descriptor: GPUBufferDescriptor): GPUBuffer {
    return createBuffer(this.device, descriptor, (error) => {
      this.waits.fail(error);
    });
  }

  private async bytes(source: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    const { device, seal, waits } = this;
    const hasRoom = bytes + SEAL_BYTES <= device.limits.maxBufferSize;
    if (!hasRoom) return this.halves(source, offset, bytes);
    const staging = this.buffer({
      label: `read ${source.label}`,
      size: bytes + SEAL_BYTES,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(source, offset, staging, 0, bytes);
      encoder.copyBufferToBuffer(seal, 0, staging, bytes, SEAL_BYTES);
      device.queue.submit([encoder.finish()]);
      for (let look = 1; look <= LOOKS; look++) {
        await waits.answer(staging.mapAsync(GPUMapMode.READ));
        const mapped = staging.getMappedRange();
        const [found] = new Uint32Array(mapped, bytes, 1);
        if (found === SEAL) return mapped.slice(0, bytes);
        staging.unmap();
        await waits.answer(device.queue.onSubmittedWorkDone());
      }
      throw new Error('The copy did not run.');
    } finally {
      staging.destroy();
    }
  }

  /** The largest buffers leave no room for a seal. Both halves are queued before either is awaited. */
  private async halves(source: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    const first = 4 * Math.floor(bytes / 8);
    const halves = [
      this.bytes(source, offset, first),
      this.bytes(source, offset + first, bytes - first),
    ];
    const whole = new Uint8Array(bytes);
    const [low, high] = await Promise.all(halves);
    if (low !== undefined) whole.set(new Uint8Array(low));
    if (high !== undefined) whole.set(new Uint8Array(high), first);
    return whole.buffer;
  }

  destroy(): void {
    this.seal.destroy();
  }
}

function hostArray(type: ElementType, bytes: ArrayBuffer): HostArray {
  switch (type) {
    case 'f32':
      return new Float32Array(bytes);
    case 'u32':
      return new Uint32Array(bytes);
    case 'i32':
      return new Int32Array(bytes);
  }
}
