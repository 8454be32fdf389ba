import { resolveUniforms } from '../buffers.ts';
import type { Step } from '../executor.ts';
import type { TwinArray, Uniforms } from '../kernel.ts';

/** The uniforms and constants a twin sees; f32 uniforms rounded as a device would round them. */
export function twinUniforms(step: Step, isFloat32: boolean): Uniforms {
  const values = resolveUniforms(step);
  const uniforms: Record<string, number> = { ...step.constants };
  step.kernel.uniforms.forEach(({ name, type }, index) => {
    const value = values[index] ?? 0;
    uniforms[name] = type === 'f32' && isFloat32 ? Math.fround(value) : value;
  });
  return uniforms;
}

/** A twin bound to its arrays, in the order of the kernel's bindings. */
export function bindTwin(step: Step, arrays: readonly TwinArray[], isFloat32: boolean): () => void {
  const uniforms = twinUniforms(step, isFloat32);
  const buffers: Record<string, TwinArray> = {};
  step.kernel.bindings.forEach(({ name }, index) => {
    const array = arrays[index];
    if (array !== undefined) buffers[name] = array;
  });
  return () => {
    step.kernel.twin(buffers, uniforms);
  };
}
