import {
  openDevice,
  type DeviceOptions,
  type OpenDevice,
} from '../../../src/compute/webgpu/device.ts';
import { WebGpuExecutor } from '../../../src/compute/webgpu/webgpu-executor.ts';
import type { WebGpuOptions } from '../../../src/compute/webgpu/webgpu-options.ts';

/** Devices of this page by what was asked for; none of them is ever destroyed. */
const devices = new Map<string, Promise<OpenDevice>>();

/**
 * A device that all tests of a page share, and with it the pipelines that one of them has compiled:
 * on a software adapter compiling takes nearly all the time of most tests. Executors do not know:
 * each has buffers, an account and a cache of its own, and may "destroy" the device when it ends.
 */
export async function sharedDevice(options: DeviceOptions = {}): Promise<OpenDevice> {
  const key = JSON.stringify(options);
  let opened = devices.get(key);
  if (opened === undefined) {
    opened = openDevice(options).then(({ device, profile }) => {
      return { device: rememberPipelines(device), profile };
    });
    devices.set(key, opened);
  }
  const { device, profile } = await opened;
  return { device: lend(device), profile };
}

/** An executor of its own on the shared device. */
export async function sharedGpu(options: WebGpuOptions = {}): Promise<WebGpuExecutor> {
  return new WebGpuExecutor(await sharedDevice(), options);
}

/** A device for one executor: its end takes the executor's listeners away, and nothing else. */
function lend(device: GPUDevice): GPUDevice {
  const ended = new AbortController();
  const { signal } = ended;
  return changed(device, {
    addEventListener: (type: string, listener: EventListener) => {
      device.addEventListener(type, listener, { signal });
    },
    destroy: () => {
      ended.abort();
    },
  });
}

/** The device with pipelines by text, entry point and layout. */
function rememberPipelines(device: GPUDevice): GPUDevice {
  const texts = new WeakMap<object, string>();
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  const textOf = (part: object | string | null | undefined): string => {
    const text = typeof part === 'object' && part !== null ? texts.get(part) : undefined;
    if (text === undefined) throw new Error('shared device: a pipeline of unknown parts');
    return text;
  };
  return changed(device, {
    createShaderModule(descriptor) {
      const module = device.createShaderModule(descriptor);
      texts.set(module, descriptor.code);
      return module;
    },
    createBindGroupLayout(descriptor) {
      const layout = device.createBindGroupLayout(descriptor);
      texts.set(layout, JSON.stringify(descriptor.entries));
      return layout;
    },
    createPipelineLayout(descriptor) {
      const layout = device.createPipelineLayout(descriptor);
      texts.set(layout, [...descriptor.bindGroupLayouts].map(textOf).join());
      return layout;
    },
    createComputePipelineAsync(descriptor) {
      const { layout, compute } = descriptor;
      const key = `${textOf(layout)}|${compute.entryPoint ?? ''}|${textOf(compute.module)}`;
      let pipeline = pipelines.get(key);
      if (pipeline === undefined) {
        pipeline = device.createComputePipelineAsync(descriptor);
        pipelines.set(key, pipeline);
      }
      return pipeline;
    },
  });
}

/** The device with some of its calls replaced. */
export function changed(device: GPUDevice, own: Partial<GPUDevice>): GPUDevice {
  return new Proxy(device, {
    get(target, key): unknown {
      if (key in own) return Reflect.get(own, key);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
