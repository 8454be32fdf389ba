import { AppError } from '../../core/errors.ts';
import type { Kernel, KernelVariant, Uniforms, VariantProfile } from '../kernel.ts';

/** The kernel's own shader, by name, in records and in `VariantOptions`. */
export const OWN_VARIANT = 'plain';

/** Variant name per `variantKey`, as a calibration found them. */
export type VariantTable = Readonly<Record<string, string>>;

export interface VariantOptions {
  /**
   * For tests and measurements: `hardware` and `software` choose as on such an adapter, `plain`
   * takes every kernel's own shader, any other name that variant in every kernel with variants.
   */
  readonly variants?: string;
  /**
   * `f16` stages operands of large products as float16: half the workgroup memory, about 1e-3 of
   * relative error an operand, values beyond 65 504 become infinite. Default f32.
   */
  readonly precision?: 'f32' | 'f16';
  /** What a calibration on this adapter found; kernels that are not named choose by profile. */
  readonly calibrated?: VariantTable;
}

/** What a calibrated choice holds for: a kernel at sizes of one class. */
export function variantKey({ name, sizeClass }: Kernel, uniforms: Uniforms): string {
  return sizeClass === undefined ? name : `${name} ${sizeClass(uniforms)}`;
}

/** A shader chosen for one step: a kernel without variants, and the constants it adds. */
export interface ChosenKernel {
  readonly kernel: Kernel;
  readonly constants: Readonly<Record<string, number>>;
  /** null when the kernel has no variants, so that there was nothing to choose. */
  readonly variant: string | null;
}

/**
 * Chooses the shader of a step: forced, then calibrated, then the first variant that suits the
 * profile and the sizes, else the kernel's own.
 * @errors invalid-argument when a forced variant does not exist or cannot run these sizes here
 */
export function chooseVariant(
  kernel: Kernel,
  uniforms: Uniforms,
  profile: VariantProfile,
  options: VariantOptions = {},
): ChosenKernel {
  const { variants = [] } = kernel;
  if (variants.length === 0) return { kernel, constants: {}, variant: null };
  const found = find(kernel, uniforms, profile, options);
  if (found === undefined) return { kernel, constants: {}, variant: OWN_VARIANT };
  const { name, wgsl, entry, groups, constants = {} } = found;
  const names = [...(kernel.constants ?? []), ...Object.keys(constants)];
  const chosen = { ...kernel, wgsl: wgsl(uniforms), entry, groups, constants: names, variants: [] };
  return { kernel: chosen, constants, variant: name };
}

function find(
  kernel: Kernel,
  uniforms: Uniforms,
  profile: VariantProfile,
  { variants: forced, calibrated, precision = 'f32' }: VariantOptions,
): KernelVariant | undefined {
  const usable = (variant: KernelVariant) => whyNot(variant, uniforms, profile) === null;
  if (forced === OWN_VARIANT) return undefined;
  const asOn = forced === 'hardware' || forced === 'software';
  if (forced !== undefined && !asOn) return force(kernel, uniforms, profile, forced);
  // A calibration compares shaders of full precision.
  const measured =
    asOn || precision === 'f16' ? undefined : calibrated?.[variantKey(kernel, uniforms)];
  if (measured !== undefined) {
    const variant = kernel.variants?.find(({ name }) => name === measured);
    // Measured on other sizes of the class: it may not handle these.
    if (measured === OWN_VARIANT || (variant !== undefined && usable(variant))) return variant;
  }
  const isSoftware = asOn ? forced === 'software' : profile.isSoftware;
  const seen = { ...profile, isSoftware, precision };
  return kernel.variants?.find((variant) => usable(variant) && variant.suits(seen, uniforms));
}

function force(
  kernel: Kernel,
  uniforms: Uniforms,
  profile: VariantProfile,
  name: string,
): KernelVariant {
  const variant = kernel.variants?.find((candidate) => candidate.name === name);
  if (variant === undefined) {
    const offered = kernel.variants?.map((candidate) => candidate.name).join(', ') ?? '';
    throw new AppError('invalid-argument', `Kernel "${kernel.name}" has no variant "${name}".`, {
      hint: `Choose one of: hardware, software, ${OWN_VARIANT}, ${offered}.`,
    });
  }
  const problem = whyNot(variant, uniforms, profile);
  if (problem === null) return variant;
  throw new AppError(
    'invalid-argument',
    `Variant "${name}" of kernel "${kernel.name}" cannot run here: ${problem}.`,
    { hint: `Leave the choice to the program, or choose ${OWN_VARIANT}.` },
  );
}

/** What keeps a variant from running; null when nothing does. */
function whyNot(
  { features = [], limits = {}, handles }: KernelVariant,
  uniforms: Uniforms,
  profile: VariantProfile,
): string | null {
  const missing = features.find((feature) => !profile.features.includes(feature));
  if (missing !== undefined) return `the adapter lacks ${missing}`;
  for (const [name, needed] of Object.entries(limits)) {
    const offered = profile.limits[name] ?? 0;
    if (offered < needed) return `it needs ${name} ${needed}, the adapter allows ${offered}`;
  }
  return handles?.(uniforms) === false ? 'it does not handle these sizes' : null;
}
