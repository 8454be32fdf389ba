import type { BufferView, HostArray } from '../executor.ts';
import type { ElementType } from '../kernel.ts';

/** Copies a range of a buffer to the host. It rejects as `mapAsync` does, also when the device is lost. */
export async function readBack(
  device: GPUDevice,
  source: GPUBuffer,
  { buffer, offset, length }: BufferView,
): Promise<HostArray> {
  const bytes = length * 4;
  const staging = device.createBuffer({
    label: `read ${buffer.label}`,
    size: bytes,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(source, offset * 4, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return hostArray(buffer.type, staging.getMappedRange().slice(0));
  } finally {
    staging.destroy();
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
