import { chooseVariant } from '../../../src/compute/webgpu/variants.ts';
import { DryExecutor } from '../../../src/compute/dry-executor.ts';
import type { AdapterProfile } from '../../../src/compute/executor.ts';
import type { Kernel, Uniforms } from '../../../src/compute/kernel.ts';
import type { KernelCase } from '../ops/check-kernel.ts';
import { stepsOf, type OpCase, type OpSpec } from '../ops/check-op.ts';

interface Sized {
  readonly kernel: Kernel;
  readonly uniforms?: Uniforms;
  readonly constants?: Readonly<Record<string, number>>;
}

/**
 * Whether hardware would run another shader than a software adapter. Where all shaders are the
 * same, a second run of the case would compile and test the very same program.
 */
function differs({ kernel, uniforms, constants }: Sized, profile: AdapterProfile): boolean {
  const sizes = { ...uniforms, ...constants };
  const chosen = (variants: 'software' | 'hardware') =>
    chooseVariant(kernel, sizes, profile, { variants }).variant;
  return chosen('software') !== chosen('hardware');
}

/** True when some step of the op, forward or backward, has a shader of its own on hardware. */
export function opDiffers(profile: AdapterProfile, spec: OpSpec, { sizes }: OpCase): boolean {
  return stepsOf(new DryExecutor(profile), spec, sizes).some((step) => differs(step, profile));
}

/** True when the kernel has a shader of its own on hardware at these sizes. */
export function kernelDiffers(profile: AdapterProfile, one: KernelCase): boolean {
  return differs(one, profile);
}
