// result = base + lambda * (merged task vector) from the (votes, sum, divisor, -) of ties-merge.wgsl.

struct Params {
  length: u32,
  combine: u32,
  total_models: u32,
  lambda: f32,
}

@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> base: array<f32>;
@group(0) @binding(2) var<storage, read> merged: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn ties_finish(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = (group.y * groups.x + group.x) * 64u + lane; i < params.length; i += stride) {
    let sum = merged[i].y;
    let divisor = merged[i].z;
    let all_agree = params.combine == 3u && divisor == f32(params.total_models);
    let divides = (params.combine == 0u && divisor != 0.0) || all_agree;
    // Guarded twice: select() evaluates both sides.
    let value = select(sum, sum / select(1.0, divisor, divides), divides);
    result[i] = base[i] + params.lambda * value;
  }
}
