import { AppError } from '../core/errors.ts';
import { resolveBindings } from './buffers.ts';
import type { AdapterProfile, Step } from './executor.ts';
import { MAX_GROUPS, type Groups, type Kernel } from './kernel.ts';

/**
 * Largest buffer, in elements, that can be bound as a whole; Infinity where the profile names no
 * limit. Rounded down to 64 elements, the alignment of ranges.
 */
export function bindableElements({ limits }: Pick<AdapterProfile, 'limits'>): number {
  const bytes = Math.min(
    limits['maxStorageBufferBindingSize'] ?? Infinity,
    limits['maxBufferSize'] ?? Infinity,
  );
  return Number.isFinite(bytes) ? Math.floor(bytes / 256) * 64 : Infinity;
}

/** The same machine without an end to its memory: what a plan needs in all is asked of it. */
export function boundless(profile: AdapterProfile): AdapterProfile {
  return { ...profile, limits: {} };
}

/** 123456789 -> "118 MB" (binary units, as adapters report them). */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${String(Number(value.toFixed(digits)))} ${units[unit] ?? 'bytes'}`;
}

type Limits = AdapterProfile['limits'];

/** @errors limit-exceeded naming buffer, need and limit */
export function checkAllocation(label: string, length: number, profile: AdapterProfile): void {
  if (!Number.isInteger(length) || length <= 0) {
    throw new AppError('invalid-argument', `Buffer "${label}" needs a positive length.`);
  }
  const need = length * 4;
  const limit = bindableElements(profile) * 4;
  if (need <= limit) return;
  throw new AppError(
    'limit-exceeded',
    `Buffer "${label}" needs ${formatBytes(need)}; the adapter allows ${formatBytes(limit)}.`,
    { hint: 'Choose a smaller model or batch.', details: { label, need, limit } },
  );
}

/**
 * Checks one dispatch against the adapter before anything is compiled. A limit that the profile
 * does not name is not checked.
 * @errors limit-exceeded naming kernel, need and limit
 */
export function checkStepLimits(step: Step, limits: Limits): void {
  const { kernel } = step;
  checkKernelLimits(kernel, limits);
  const views = resolveBindings(step);
  kernel.bindings.forEach(({ name }, index) => {
    const bytes = (views[index]?.length ?? 0) * 4;
    const what = `${name}: bytes of a binding`;
    refuseAbove(kernel, what, bytes, limits['maxStorageBufferBindingSize']);
  });
  const groups = kernel.groups({ ...step.constants, ...step.uniforms });
  const most = limits['maxComputeWorkgroupsPerDimension'] ?? MAX_GROUPS;
  refuseAbove(kernel, 'workgroups in a dimension', Math.max(...groups), most);
}

/** What a kernel needs whatever it works on: bindings, workgroup size and memory. */
export function checkKernelLimits(
  kernel: Pick<Kernel, 'name' | 'wgsl' | 'entry' | 'bindings'>,
  limits: Limits,
): void {
  const { bindings, wgsl, entry } = kernel;
  const [x, y, z] = workgroupSize(wgsl, entry);
  const needs: [string, number, string][] = [
    ['storage buffers', bindings.length, 'maxStorageBuffersPerShaderStage'],
    ['threads of a workgroup', x * y * z, 'maxComputeInvocationsPerWorkgroup'],
    ['threads of a workgroup in x', x, 'maxComputeWorkgroupSizeX'],
    ['threads of a workgroup in y', y, 'maxComputeWorkgroupSizeY'],
    ['bytes of workgroup memory', workgroupBytes(wgsl), 'maxComputeWorkgroupStorageSize'],
  ];
  for (const [what, need, limit] of needs) refuseAbove(kernel, what, need, limits[limit]);
}

function refuseAbove(
  { name }: Pick<Kernel, 'name'>,
  what: string,
  need: number,
  limit: number | undefined,
): void {
  if (limit === undefined || need <= limit) return;
  throw new AppError(
    'limit-exceeded',
    `Kernel "${name}" needs ${need} ${what}; the adapter allows ${limit}.`,
    {
      hint: 'Nothing was started. Choose a smaller model or batch, or run on the CPU instead.',
      details: { kernel: name, what, need, limit },
    },
  );
}

function workgroupSize(wgsl: string, entry: string): Groups {
  const pattern = new RegExp(`@workgroup_size\\(([^)]*)\\)\\s*fn ${entry}\\b`);
  const found = pattern.exec(wgsl)?.[1]?.split(',') ?? [];
  const [x = 1, y = 1, z = 1] = found.map((text) => numberIn(wgsl, text));
  return [x, y, z];
}

/** Bytes of `var<workgroup>` arrays and scalars; counts 4 bytes a component. */
function workgroupBytes(wgsl: string): number {
  let bytes = 0;
  const pattern = /var<workgroup> \w+: (?:array<([\w]+), ([^>]+)>|(\w+))/g;
  for (const [, element = '', length = '1', single] of wgsl.matchAll(pattern)) {
    const components = /^vec(\d)/.exec(single ?? element)?.[1] ?? '1';
    bytes += 4 * Number(components) * numberIn(wgsl, length);
  }
  return bytes;
}

/**
 * `64`, `64u`, a named constant of the shader, or a product of those; 1 where it is none. Variants
 * whose sizes are other expressions state what they need in their `limits`.
 */
function numberIn(wgsl: string, text: string): number {
  return text.split('*').reduce((product, part) => {
    const name = part.trim();
    const literal = /^(\d+)u?$/.exec(name)?.[1];
    const pattern = new RegExp(`const ${/^\w+$/.test(name) ? name : '-'}(?:: u32)? = (\\d+)u?;`);
    const constant = pattern.exec(wgsl)?.[1];
    return product * Number(literal ?? constant ?? 1);
  }, 1);
}
