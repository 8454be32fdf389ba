import type { Groups } from '../kernel.ts';

/** One dispatch, ready to be encoded. */
export interface GpuDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: Groups;
  /** Which of the kernel's shaders; null when it has one only. */
  readonly variant: string | null;
}

export function encodeDispatch(pass: GPUComputePassEncoder, dispatch: GpuDispatch): void {
  const { pipeline, bindGroup, groups } = dispatch;
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
}
