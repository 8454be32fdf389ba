import type { AppError } from '../../core/errors.ts';
import type { DeviceBuffer } from '../executor.ts';
import type { ElementType } from '../kernel.ts';
import { createBuffer } from './create-buffer.ts';

export class GpuBuffer implements DeviceBuffer {
  readonly label: string;
  readonly type: ElementType;
  readonly length: number;
  readonly generation: number;
  readonly gpu: GPUBuffer;
  isFreed = false;

  constructor(
    gpu: GPUBuffer,
    label: string,
    type: ElementType,
    length: number,
    generation: number,
  ) {
    this.gpu = gpu;
    this.label = label;
    this.type = type;
    this.length = length;
    this.generation = generation;
  }
}

/** Freed buffers kept for reuse; past this many bytes they go back to the browser at once. */
const KEPT_BYTES = 256 * 2 ** 20;

/** Reuses freed buffers of the same size: buffer creation is slow and fragments memory. */
export class BufferPool {
  private readonly device: GPUDevice;
  private readonly generation: number;
  private readonly fail: (error: AppError) => void;
  private readonly idle = new Map<number, GPUBuffer[]>();
  private idleBytes = 0;

  /** @param fail hears of a buffer for which there is no memory */
  constructor(device: GPUDevice, generation: number, fail: (error: AppError) => void) {
    this.device = device;
    this.fail = fail;
    this.generation = generation;
  }

  /** A zeroed buffer. */
  take(label: string, type: ElementType, length: number): GpuBuffer {
    const bytes = length * 4;
    const reused = this.idle.get(bytes)?.pop();
    if (reused === undefined) {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      const gpu = createBuffer(this.device, { label, size: bytes, usage }, this.fail);
      return new GpuBuffer(gpu, label, type, length, this.generation);
    }
    this.idleBytes -= bytes;
    const encoder = this.device.createCommandEncoder();
    encoder.clearBuffer(reused);
    this.device.queue.submit([encoder.finish()]);
    return new GpuBuffer(reused, label, type, length, this.generation);
  }

  give(buffer: GpuBuffer): void {
    const bytes = buffer.length * 4;
    if (this.idleBytes + bytes > KEPT_BYTES) {
      buffer.gpu.destroy();
      return;
    }
    const list = this.idle.get(bytes) ?? [];
    list.push(buffer.gpu);
    this.idle.set(bytes, list);
    this.idleBytes += bytes;
  }

  destroy(): void {
    for (const list of this.idle.values()) for (const buffer of list) buffer.destroy();
    this.idle.clear();
    this.idleBytes = 0;
  }
}
