import type { Groups } from '../kernel.ts';

/** One dispatch, ready to be encoded. */
export interface GpuDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: Groups;
  /** Index of the program's step that it does, or does a part of. */
  readonly step: number;
  /** Share of the program's time, for the submit pacer. */
  readonly cost: number;
  /** Which of the kernel's shaders; null when it has one only. */
  readonly variant: string | null;
}

export function encodeDispatch(pass: GPUComputePassEncoder, dispatch: GpuDispatch): void {
  const { pipeline, bindGroup, groups } = dispatch;
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
}
