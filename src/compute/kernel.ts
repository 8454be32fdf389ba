import { AppError } from '../core/errors.ts';

/**
 * A kernel: one WGSL entry point together with its bindings, uniforms and its reference twin.
 * The twin computes the same thing in TypeScript: in float64 it is the oracle of the kernel's
 * test, in float32 it is what the CPU executor runs.
 */

export type ElementType = 'f32' | 'u32' | 'i32';
export type Access = 'read' | 'read_write';

export interface BindingDef {
  readonly name: string;
  readonly type: ElementType;
  readonly access: Access;
}

/**
 * What a twin sees of a buffer: f32 bindings are Float64Array in tests and Float32Array on the CPU
 * executor, u32 and i32 bindings are always the 32-bit integer arrays. Deliberately the smallest
 * common shape, so that one twin runs on all of them.
 */
export interface TwinArray {
  readonly length: number;
  [index: number]: number;
  fill(value: number, start?: number, end?: number): unknown;
}
export type TwinBuffers = Readonly<Record<string, TwinArray>>;
export type Uniforms = Readonly<Record<string, number>>;
export type Groups = readonly [number, number, number];

/** What one dispatch does, as counted from its sizes; the profiler divides it by the time. */
export interface Work {
  readonly flops: number;
  /** Read and written, each byte once; without it, the bytes of all bindings. */
  readonly bytes?: number;
}

export interface Kernel {
  /** Unique, and the label of the pipeline: `rmsnorm_backward`. */
  readonly name: string;
  /** Text of the `.wgsl` file (imported with `?raw`). */
  readonly wgsl: string;
  readonly entry: string;
  /** In binding order; the uniform block follows as the last binding. */
  readonly bindings: readonly BindingDef[];
  /** Fields of `struct Params`, in order. Empty = the kernel has no uniform block. */
  readonly uniforms: readonly { readonly name: string; readonly type: 'u32' | 'f32' }[];
  /**
   * Module constants specialised per use: `const HEAD_DIM: u32 = 16u;` in the WGSL gets the value
   * given here. Only for what WGSL cannot take from a uniform (sizes of private arrays).
   */
  readonly constants?: readonly string[];
  /** Workgroups to dispatch for given uniforms. */
  readonly groups: (uniforms: Uniforms) => Groups;
  /** Operations of one dispatch; `constants` are merged into `uniforms`. Absent: only bytes count. */
  readonly work?: (uniforms: Uniforms) => Work;
  /** The same computation in TypeScript. `constants` are merged into `uniforms`. */
  readonly twin: (buffers: TwinBuffers, uniforms: Uniforms) => void;
  /**
   * Other shaders for the same bindings, uniforms and twin, best first. The kernel's own shader is
   * the one without barriers, which suits software adapters and needs no feature.
   */
  readonly variants?: readonly KernelVariant[];
  /**
   * A long dispatch may go out as several, over ranges of its workgroups. `Params` of all the
   * kernel's shaders then ends with its `SPLIT_FIELDS`, which the shader adds to its workgroup's
   * place; the WebGPU executor alone fills them, twins and WASM functions do not see them.
   */
  readonly split?: keyof typeof SPLIT_FIELDS;
  /** Sizes of one class share their best variant: what a calibration remembers is by class. */
  readonly sizeClass?: (uniforms: Uniforms) => string;
}

/**
 * Fields (u32) that say where a part of a dispatch begins. `grid`: y and z of its first workgroup;
 * rows of the grid stay whole. `linear`: the number y * x-count + x of its first workgroup.
 */
export const SPLIT_FIELDS = {
  grid: ['first_y', 'first_z'],
  linear: ['first_group'],
} as const;

/** What decides whether a variant is offered; a part of the executor's `AdapterProfile`. */
export interface VariantProfile {
  readonly isSoftware: boolean;
  /** `f16`: operands of products may be staged as float16; sums stay float32. Never by itself. */
  readonly precision?: 'f32' | 'f16';
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/**
 * Another shader of a kernel, for adapters that the kernel's own one does not suit. Its functions
 * see the step's constants merged into `uniforms`.
 */
export interface KernelVariant {
  /** Unique within the kernel; kernels of one family share names: `tile64`. */
  readonly name: string;
  /** The text may depend on the sizes: software adapters run both sides of every branch. */
  readonly wgsl: (uniforms: Uniforms) => string;
  readonly entry: string;
  /** Module constants of this variant, written into its shader. */
  readonly constants?: Readonly<Record<string, number>>;
  readonly groups: (uniforms: Uniforms) => Groups;
  /** WebGPU features the shader needs. */
  readonly features?: readonly string[];
  /** Lower bounds on device limits the shader needs: `maxComputeWorkgroupStorageSize`. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Computes right for these sizes; all when absent. Never chosen, not even by force, if not. */
  readonly handles?: (uniforms: Uniforms) => boolean;
  /** Worth choosing here without being asked for. */
  readonly suits: (profile: VariantProfile, uniforms: Uniforms) => boolean;
}

/** Storage buffers a shader may bind on every WebGPU adapter. */
const MAX_BINDINGS = 8;

/** @errors invalid-argument for a kernel that would not run on every adapter */
export function defineKernel(kernel: Kernel): Kernel {
  if (kernel.bindings.length <= MAX_BINDINGS) return kernel;
  throw new AppError(
    'invalid-argument',
    `Kernel "${kernel.name}" binds ${kernel.bindings.length} buffers; adapters allow ${MAX_BINDINGS}.`,
  );
}

/** WebGPU allows 65 535 workgroups a dimension; larger counts spill into y. */
export const MAX_GROUPS = 65535;

/**
 * Workgroups for `threads` invocations with `size` invocations a group, spilling into y. The shader
 * computes its index as `(gid.y * num_workgroups.x * size) + gid.x` and guards the end.
 */
export function linearGroups(threads: number, size: number): Groups {
  const groups = Math.max(1, Math.ceil(threads / size));
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const rows = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}
