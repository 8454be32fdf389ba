import type { DeviceBuffer, Executor } from '../../../src/compute/executor.ts';
import { defineKernel, linearGroups } from '../../../src/compute/kernel.ts';

/** Adds 1 to every value; one value a workgroup, so that few values are many groups. */
const ADD_ONE = defineKernel({
  name: 'add_one',
  wgsl: `struct Params { length: u32 }
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<uniform> params: Params;
@compute @workgroup_size(1) fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let i = group.y * groups.x + group.x;
  if (i < params.length) { values[i] += 1.0; }
}`,
  entry: 'main',
  bindings: [{ name: 'values', type: 'f32', access: 'read_write' }],
  uniforms: [{ name: 'length', type: 'u32' }],
  groups: ({ length = 0 }) => linearGroups(length, 1),
  twin: ({ values }, { length = 0 }) => {
    const all = values as Float32Array;
    for (let i = 0; i < length; i++) all[i] = (all[i] ?? 0) + 1;
  },
});

/** A program that adds 1 to every value of a buffer. */
export function addOne(executor: Executor, values: DeviceBuffer) {
  const step = { kernel: ADD_ONE, bind: { values }, uniforms: { length: values.length } };
  return executor.prepare('add one', [step]);
}

/** Whether an executor adds 1 to 64 zeros; empty if so. */
export async function addsRight(executor: Executor): Promise<string> {
  const values = executor.allocate('values', 'f32', 64);
  const program = await addOne(executor, values);
  executor.run(program);
  const got = await executor.readFloats(values);
  program.destroy();
  executor.free(values);
  return got.every((value) => value === 1) ? '' : 'wrong sums';
}
