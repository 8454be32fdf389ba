import { toAppError } from '../../core/errors.ts';
import type { DeviceBuffer, Program, Step } from '../executor.ts';
import { buildDispatches, uniformBlock, type ChosenStep } from './build-dispatches.ts';
import type { GpuDispatch } from './gpu-dispatch.ts';
import { gpuError } from './gpu-error.ts';
import type { PipelineCache } from './pipelines.ts';
import type { SubmitPacer } from './submit-pacer.ts';

/** Steps as the device runs them. */
interface CompiledSteps {
  readonly compiled: readonly GpuDispatch[];
  readonly chosen: readonly ChosenStep[];
  readonly uniforms: GPUBuffer | null;
  readonly destroy: () => void;
}

export interface GpuProgram extends Program, CompiledSteps {
  readonly destroy: () => void;
  readonly generation: number;
  readonly pacer: SubmitPacer;
  steps: readonly Step[];
}

/** Pipelines, bind groups and the uniform block of a program. @errors gpu-out-of-memory, gpu-validation */
export async function compileSteps(
  label: string,
  chosen: readonly ChosenStep[],
  device: GPUDevice,
  pipelines: PipelineCache,
  gpuOf: (buffer: DeviceBuffer) => GPUBuffer,
): Promise<CompiledSteps> {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  const uniforms = uniformBlock(device, label, chosen);
  const scoped = buildDispatches({ device, pipelines, uniforms, gpuOf }, chosen).then(
    (built) => ({ built }),
    (error: unknown) => ({ error: toAppError(error) }),
  );
  const validation = device.popErrorScope();
  const memory = device.popErrorScope();
  const result = await scoped;
  const problem = (await validation) ?? (await memory);
  if ('error' in result || problem !== null) {
    uniforms?.destroy();
    throw 'error' in result ? result.error : gpuError(problem as GPUError);
  }
  return { compiled: result.built, chosen, uniforms, destroy: () => uniforms?.destroy() };
}
