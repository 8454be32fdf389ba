import { AppError } from '../../core/errors.ts';
import type { BindingDef, Kernel } from '../kernel.ts';
import type { GpuWaits } from './gpu-waits.ts';
import { specialise } from './specialise.ts';

/**
 * Pipelines by final WGSL text, entry point and bindings, so that no hand-made key can be
 * incomplete. Dies with its device.
 */
export class PipelineCache {
  private readonly device: GPUDevice;
  private readonly waits: GpuWaits;
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  private readonly modules = new Map<string, GPUShaderModule>();

  constructor(device: GPUDevice, waits: GpuWaits) {
    this.device = device;
    this.waits = waits;
  }

  get(kernel: Kernel, constants: Readonly<Record<string, number>>): Promise<GPUComputePipeline> {
    const code = specialise(kernel, constants);
    const access = kernel.bindings.map((binding) => binding.access).join();
    const key = `${kernel.entry}|${access}|${code}`;
    let pipeline = this.pipelines.get(key);
    if (pipeline === undefined) {
      pipeline = this.create(kernel, code);
      this.pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  private async create(kernel: Kernel, code: string): Promise<GPUComputePipeline> {
    let module = this.modules.get(code);
    if (module === undefined) {
      module = this.device.createShaderModule({ label: kernel.name, code });
      this.modules.set(code, module);
    }
    const compiled = this.device.createComputePipelineAsync({
      label: kernel.name,
      layout: this.device.createPipelineLayout({
        bindGroupLayouts: [bindGroupLayout(this.device, kernel)],
      }),
      compute: { module, entryPoint: kernel.entry },
    });
    // A text that does not compile is an answer; what else turns a pipeline down may be a loss.
    const refused = (cause: unknown) => {
      if ((cause as Partial<GPUPipelineError>).reason === 'validation') return { cause };
      throw cause;
    };
    let cause: unknown;
    try {
      const pipeline = await this.waits.answer(compiled.catch(refused));
      if (!('cause' in pipeline)) return pipeline;
      ({ cause } = pipeline);
    } catch (other) {
      if (this.waits.failure !== null) throw this.waits.failure;
      cause = other;
    }
    throw await this.compileError(kernel, module, cause);
  }

  private async compileError(
    kernel: Kernel,
    module: GPUShaderModule,
    cause: unknown,
  ): Promise<AppError> {
    const { messages } = await this.waits.answer(module.getCompilationInfo(), true);
    const first = messages.find((message) => message.type === 'error');
    const place = first === undefined ? '' : `:${first.lineNum}:${first.linePos}`;
    const text = first?.message ?? (cause instanceof Error ? cause.message : String(cause));
    return new AppError('shader-compile', `Shader "${kernel.name}"${place}: ${text}`, {
      hint: 'This is a fault of the program or the graphics driver; the CPU executor still works.',
      cause,
    });
  }
}

/** Explicit layout from the kernel's table: an access mismatch with the WGSL is then an error. */
export function bindGroupLayout(device: GPUDevice, kernel: Kernel): GPUBindGroupLayout {
  const entries = kernel.bindings.map((binding, index) => storageEntry(binding, index));
  if (kernel.uniforms.length > 0) {
    entries.push({
      binding: kernel.bindings.length,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: 'uniform' },
    });
  }
  return device.createBindGroupLayout({ label: kernel.name, entries });
}

function storageEntry(binding: BindingDef, index: number): GPUBindGroupLayoutEntry {
  return {
    binding: index,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: binding.access === 'read' ? 'read-only-storage' : 'storage' },
  };
}
