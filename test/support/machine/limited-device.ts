import { CpuExecutor, createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { AdapterProfile, DeviceBuffer, Program, Step } from '../../../src/compute/executor.ts';
import type { ElementType } from '../../../src/compute/kernel.ts';
import type { OpenDevice } from '../../../src/compute/webgpu/device.ts';
import { WebGpuExecutor } from '../../../src/compute/webgpu/webgpu-executor.ts';
import { sharedDevice, SMALLEST } from './shared-device.ts';

/** What WebGPU guarantees everywhere. */
export const DEFAULT_LIMITS = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupsPerDimension: 65535,
};

export type Limits = Partial<typeof DEFAULT_LIMITS>;

/** Breaking a limit on purpose is the test's to see: not an AppError, so never expected. */
function refuse(what: string, need: number, limit: number): void {
  if (need > limit) throw new Error(`limited device: ${what} of ${need}, allowed ${limit}`);
}

/** A device that offers less than it could and refuses whatever goes beyond. */
export function limitDevice(device: GPUDevice, given: Limits): GPUDevice {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const checked: Partial<GPUDevice> = {
    createBuffer(descriptor) {
      // Uniform blocks are small beside any real limit; these tests' limits are smaller still.
      const isStorage = (descriptor.usage & GPUBufferUsage.STORAGE) !== 0;
      if (isStorage) refuse('buffer', descriptor.size, limits.maxBufferSize);
      return device.createBuffer(descriptor);
    },
    createBindGroupLayout(descriptor) {
      const storage = [...descriptor.entries].filter(({ buffer }) => buffer?.type !== 'uniform');
      refuse('storage buffers', storage.length, limits.maxStorageBuffersPerShaderStage);
      return device.createBindGroupLayout(descriptor);
    },
    createBindGroup(descriptor) {
      for (const { resource } of descriptor.entries) {
        const bytes = 'size' in resource ? (resource.size ?? Infinity) : Infinity;
        refuse('binding', bytes, limits.maxStorageBufferBindingSize);
      }
      return device.createBindGroup(descriptor);
    },
  };
  return new Proxy(device, {
    get(target, key): unknown {
      if (key === 'limits') return limits;
      if (key in checked) return Reflect.get(checked, key);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A WebGPU executor on an adapter with these limits. */
export async function limitedGpu(given: Limits, opened?: OpenDevice): Promise<WebGpuExecutor> {
  const { device, profile } = opened ?? (await sharedDevice(SMALLEST));
  const limits = { ...DEFAULT_LIMITS, ...given };
  return new WebGpuExecutor({
    device: limitDevice(device, given),
    profile: { ...profile, limits },
  });
}

/** The CPU executor in the guise of an adapter with these limits. */
export class LimitedCpu extends CpuExecutor {
  override readonly profile: AdapterProfile;
  private readonly limits: typeof DEFAULT_LIMITS;

  constructor(given: Limits) {
    super('f32');
    this.limits = { ...DEFAULT_LIMITS, ...given };
    this.profile = { ...createCpuExecutor().profile, kind: 'webgpu', limits: this.limits };
  }

  override allocate(label: string, type: ElementType, length: number): DeviceBuffer {
    refuse(`buffer "${label}"`, length * 4, this.limits.maxBufferSize);
    return super.allocate(label, type, length);
  }

  override prepare(label: string, steps: readonly Step[]): Promise<Program> {
    for (const { kernel, bind } of steps) {
      const most = this.limits.maxStorageBuffersPerShaderStage;
      refuse(`bindings of ${kernel.name}`, kernel.bindings.length, most);
      for (const { length } of Object.values(bind)) {
        refuse(`binding of ${kernel.name}`, length * 4, this.limits.maxStorageBufferBindingSize);
      }
    }
    return super.prepare(label, steps);
  }
}
