/** WebGPU calls since the counters were installed, of whichever engine made them. */
export interface GpuCounts {
  readonly dispatches: number;
  readonly passes: number;
  readonly submits: number;
  readonly bindGroups: number;
  readonly buffers: number;
  /** Bytes of buffers created and not destroyed. */
  readonly liveBytes: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const counts: Mutable<GpuCounts> = {
  dispatches: 0,
  passes: 0,
  submits: 0,
  bindGroups: 0,
  buffers: 0,
  liveBytes: 0,
};
let isInstalled = false;

/**
 * Wraps the WebGPU prototypes so that what a peer does can be counted without its help. Costs some
 * nanoseconds a call on every engine alike. Does nothing where there is no WebGPU.
 */
export function installGpuCounters(): void {
  if (isInstalled || typeof GPUDevice === 'undefined') return;
  isInstalled = true;
  const alive = new WeakMap<GPUBuffer, number>();
  wrap(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => (counts.dispatches += 1));
  wrap(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', () => {
    counts.dispatches += 1;
  });
  wrap(GPUCommandEncoder.prototype, 'beginComputePass', () => (counts.passes += 1));
  wrap(GPUQueue.prototype, 'submit', () => (counts.submits += 1));
  wrap(GPUDevice.prototype, 'createBindGroup', () => (counts.bindGroups += 1));
  wrap(GPUDevice.prototype, 'createBuffer', (_device, made) => {
    const buffer = made as GPUBuffer;
    counts.buffers += 1;
    counts.liveBytes += buffer.size;
    alive.set(buffer, buffer.size);
  });
  wrap(GPUBuffer.prototype, 'destroy', (buffer) => {
    counts.liveBytes -= alive.get(buffer) ?? 0;
    alive.delete(buffer);
  });
}

/** Null where nothing is counted. */
export function gpuCounts(): GpuCounts | null {
  return isInstalled ? { ...counts } : null;
}

type Method = (this: object, ...parameters: unknown[]) => unknown;

function wrap<T extends object>(
  prototype: T,
  name: keyof T & string,
  after: (self: T, result: unknown) => unknown,
): void {
  const own = prototype as Record<string, unknown>;
  const original = own[name] as Method;
  own[name] = function (this: T, ...parameters: unknown[]): unknown {
    const result = original.apply(this, parameters);
    after(this, result);
    return result;
  };
}
