import { resolveBindings, resolveUniforms, workOf } from '../buffers.ts';
import type { DeviceBuffer, Step } from '../executor.ts';
import { paramsBytes, UNIFORM_STRIDE, writeParams, type DispatchPart } from './dispatch-parts.ts';
import type { GpuDispatch } from './gpu-dispatch.ts';
import { bindGroupLayout, type PipelineCache } from './pipelines.ts';
import { dispatchCost } from './submit-pacer.ts';

/** A step with the shader that runs it here, and the dispatches that it is. */
export interface ChosenStep extends Step {
  readonly constants: Readonly<Record<string, number>>;
  readonly variant: string | null;
  readonly parts: readonly DispatchPart[];
}

/** `struct Params` of all dispatches, UNIFORM_STRIDE bytes each; null when no kernel has one. */
export function uniformBlock(
  device: GPUDevice,
  label: string,
  steps: readonly ChosenStep[],
): GPUBuffer | null {
  if (steps.every(({ kernel }) => kernel.uniforms.length === 0)) return null;
  const bytes = uniformBytes(steps);
  const buffer = device.createBuffer({
    label: `${label} uniforms`,
    size: bytes.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(buffer, 0, bytes);
  return buffer;
}

/** What `uniformBlock` holds. */
export function uniformBytes(steps: readonly ChosenStep[]): ArrayBuffer {
  const count = steps.reduce((sum, { parts }) => sum + parts.length, 0);
  const bytes = new ArrayBuffer(count * UNIFORM_STRIDE);
  let index = 0;
  for (const step of steps) {
    const values = resolveUniforms(step);
    for (const { first } of step.parts) {
      const data = new DataView(bytes, index++ * UNIFORM_STRIDE, UNIFORM_STRIDE);
      writeParams(data, step.kernel, values, first);
    }
  }
  return bytes;
}

interface BuildParts {
  readonly device: GPUDevice;
  readonly pipelines: PipelineCache;
  /** What `uniformBlock` made for the same steps. */
  readonly uniforms: GPUBuffer | null;
  readonly gpuOf: (buffer: DeviceBuffer) => GPUBuffer;
}

/** Compiles in parallel; bind groups and dispatches in the order of the steps and their parts. */
export async function buildDispatches(
  { device, pipelines, uniforms, gpuOf }: BuildParts,
  steps: readonly ChosenStep[],
): Promise<GpuDispatch[]> {
  let block = 0;
  const built = steps.map(async (chosen, step): Promise<GpuDispatch[]> => {
    const { kernel, constants, variant, parts } = chosen;
    const storage = resolveBindings(chosen).map((view, binding): GPUBindGroupEntry => {
      const place = { offset: view.offset * 4, size: view.length * 4 };
      return { binding, resource: { buffer: gpuOf(view.buffer), ...place } };
    });
    const layout = bindGroupLayout(device, kernel);
    const cost = dispatchCost(workOf(chosen)) / parts.length;
    const dispatches = parts.map(({ groups, first }) => {
      const entries = [...storage];
      const offset = block++ * UNIFORM_STRIDE;
      if (kernel.uniforms.length > 0 && uniforms !== null) {
        const size = paramsBytes(kernel.uniforms.length, first.length);
        entries.push({
          binding: kernel.bindings.length,
          resource: { buffer: uniforms, offset, size },
        });
      }
      const bindGroup = device.createBindGroup({ label: kernel.name, layout, entries });
      return { bindGroup, groups, variant, step, cost };
    });
    const pipeline = await pipelines.get(kernel, constants);
    return dispatches.map((dispatch) => ({ pipeline, ...dispatch }));
  });
  return (await Promise.all(built)).flat();
}
