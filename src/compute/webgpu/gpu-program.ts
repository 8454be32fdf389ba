import { toAppError } from '../../core/errors.ts';
import type { DeviceBuffer, Program, Step } from '../executor.ts';
import { buildDispatches, uniformBlock, type ChosenStep } from './build-dispatches.ts';
import type { GpuDispatch } from './gpu-dispatch.ts';
import { gpuError } from './gpu-error.ts';
import type { GpuWaits } from './gpu-waits.ts';
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

/** What steps are compiled with. */
interface Compiler {
  readonly device: GPUDevice;
  readonly pipelines: PipelineCache;
  readonly waits: GpuWaits;
  readonly gpuOf: (buffer: DeviceBuffer) => GPUBuffer;
}

/**
 * Pipelines, bind groups and the uniform block of a program.
 * @errors gpu-out-of-memory, gpu-validation, shader-compile, device-lost
 */
export async function compileSteps(
  label: string,
  chosen: readonly ChosenStep[],
  { device, pipelines, waits, gpuOf }: Compiler,
): Promise<CompiledSteps> {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  const uniforms = uniformBlock(device, label, chosen);
  const scoped = buildDispatches({ device, pipelines, uniforms, gpuOf }, chosen).then(
    (built) => ({ built, error: null }),
    (error: unknown) => ({ built: [], error: toAppError(error) }),
  );
  const validation = waits.answer(device.popErrorScope(), true);
  const memory = waits.answer(device.popErrorScope(), true);
  const answers = await Promise.all([scoped, validation, memory]).catch((error: unknown) => {
    uniforms?.destroy();
    throw error;
  });
  const [result, refusal, shortage] = answers;
  // What is wanting explains what is refused because of it.
  const problem =
    waits.failure ??
    (shortage && gpuError(shortage)) ??
    result.error ??
    (refusal && gpuError(refusal));
  if (problem !== null) {
    uniforms?.destroy();
    throw problem;
  }
  return { compiled: result.built, chosen, uniforms, destroy: () => uniforms?.destroy() };
}
