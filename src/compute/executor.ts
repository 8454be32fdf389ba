import type { ElementType, Kernel, Uniforms } from './kernel.ts';

export type HostArray = Float32Array | Uint32Array | Int32Array;

/** A buffer owned by an executor. Opaque: only the executor that made it can use it. */
export interface DeviceBuffer {
  readonly label: string;
  readonly type: ElementType;
  /** Elements (every element is 4 bytes). */
  readonly length: number;
  /** Device generation; an executor refuses buffers of a lost device (`stale-device`). */
  readonly generation: number;
}

/** A range of a buffer. `offset` (elements) must be a multiple of 64 on bindings. */
export interface BufferView {
  readonly buffer: DeviceBuffer;
  readonly offset: number;
  readonly length: number;
}

/** One dispatch of a program: everything about it is fixed when the program is prepared. */
export interface Step {
  readonly kernel: Kernel;
  readonly bind: Readonly<Record<string, BufferView | DeviceBuffer>>;
  readonly uniforms?: Uniforms;
  readonly constants?: Readonly<Record<string, number>>;
}

/** Steps compiled once (pipelines, bind groups, uniform block) and replayed without allocation. */
export interface Program {
  readonly label: string;
  readonly dispatches: number;
  /** What it was made of, in order. */
  readonly steps: readonly Step[];
  destroy(): void;
}

/** Milliseconds of each dispatch of a program, means over several runs. */
export interface DispatchTimes {
  /**
   * `timestamps`: the device's own clock around every dispatch. `wall-clock`: every dispatch alone,
   * waited for (on a GPU less the time that an empty one takes): coarser, and nothing overlaps.
   */
  readonly method: 'timestamps' | 'wall-clock';
  readonly ms: readonly number[];
  /** The shader that ran, where a kernel has several. */
  readonly variants?: readonly (string | null)[];
}

/** What the machine offers and which kernels that choice leads to; recorded with every run. */
export interface AdapterProfile {
  readonly kind: 'webgpu' | 'cpu';
  /** Human-readable: "SwiftShader (software WebGPU)", "Apple M2 (WebGPU)", "CPU (TypeScript)". */
  readonly name: string;
  readonly isSoftware: boolean;
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** Kernel variants of the programs prepared so far: `matmul_nt tile64`. Absent: no variants. */
  readonly variants?: readonly string[];
  /** Milliseconds of kernel variants measured on this adapter, by kernel and size class. */
  readonly calibration?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface MemoryReport {
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly liveBuffers: number;
}

/**
 * Where kernels run. Two implementations: `webgpu/` and `cpu/`. All methods throw AppError:
 * `stale-device`, `device-lost`, `gpu-out-of-memory`, `limit-exceeded`, `gpu-validation`.
 */
export interface Executor {
  readonly profile: AdapterProfile;
  /** Zero-initialised buffer of `length` elements. */
  allocate(label: string, type: ElementType, length: number): DeviceBuffer;
  free(buffer: DeviceBuffer): void;
  /** Queues a host → device copy (ordered with submits). `offset` in elements. */
  write(buffer: DeviceBuffer, data: HostArray, offset?: number): void;
  /** Queues zeros over a whole buffer (ordered with submits). */
  clear(buffer: DeviceBuffer): void;
  /** Queues a device → device copy, in elements. Source and target buffer must differ. */
  copy(source: BufferView, target: BufferView): void;
  /** Device → host. Rejects on loss; never yields zeros for data it could not read. */
  read(view: BufferView | DeviceBuffer): Promise<HostArray>;
  readFloats(view: BufferView | DeviceBuffer): Promise<Float32Array<ArrayBuffer>>;
  /** Compiles pipelines in parallel and builds bind groups. */
  prepare(label: string, steps: readonly Step[]): Promise<Program>;
  /**
   * Gives a prepared program the f32 uniforms of `steps` (ordered with submits): nothing is
   * compiled, no memory is allocated. @errors invalid-argument where anything else differs
   */
  update(program: Program, steps: readonly Step[]): void;
  /** Queues one run of the program: one command buffer, one compute pass, one submit. */
  run(program: Program): void;
  /** Runs the program `runs` times and times its dispatches one by one; its effects are real. */
  timeDispatches(program: Program, runs: number): Promise<DispatchTimes>;
  /** Resolves when all queued work is done; rejects when the device is lost. */
  idle(): Promise<void>;
  memory(): MemoryReport;
  /**
   * Ends every wait for a device that has said nothing for so many seconds, with `aborted`, and the device
   * with it; whether it did. Absent where nothing waits for others.
   */
  giveUp?(afterSilentS: number): boolean;
  destroy(): void;
}

export function viewOf(
  buffer: DeviceBuffer,
  offset = 0,
  length = buffer.length - offset,
): BufferView {
  return { buffer, offset, length };
}
