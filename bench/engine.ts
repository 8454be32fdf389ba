import type { BenchCase, PreparedCase } from './suite.ts';

/** Engines of one group run on the same device and are compared with each other only. */
export type EngineGroup = 'webgpu' | 'cpu';

/** Something that can do a case: one of our executors or a peer library. */
export interface Engine {
  /** "webgpu", "wasm 2 threads", "jax-js webgpu" */
  readonly name: string;
  readonly group: EngineGroup;
  readonly isPeer: boolean;
  /** The device behind it: "SwiftShader (software WebGPU)". */
  readonly adapter: string;
  /**
   * Floating-point operations a second that it is known to reach at least; what would take too long
   * by this is skipped. Infinity on hardware.
   */
  readonly expectedFlops: number;
  /** Null when this engine has no form of the case. */
  prepare(one: BenchCase): Promise<PreparedCase | null>;
  /** A table of where the time of a case goes; absent where nobody can tell. */
  profile?(one: BenchCase, runs: number): Promise<string>;
  /** Bytes it holds on its device; null when it cannot tell. */
  liveBytes(): number | null;
  destroy(): void;
}
