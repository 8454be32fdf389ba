// target = start + sum_k c_k * (x_k - relative * origin) with coefficients of their own for every
// vector (a tensor, a row or a column); one workgroup a block of a vector, up to four x_k a pass.

struct Params {
  blocks: u32,
  terms: u32,
  // What the sum is added to: 0 nothing (keeps the sign of a zero), 1 what an earlier pass left in
  // target, 2 origin.
  start: u32,
  // 1: differences from origin, 0: the operands themselves.
  relative: u32,
  // Record of vector 0 of this pass in `coefficients`.
  first: u32,
}

@group(0) @binding(0) var<storage, read_write> target_values: array<f32>;
// Per block: first element, elements, stride between them, vector.
@group(0) @binding(1) var<storage, read> blocks: array<vec4u>;
@group(0) @binding(2) var<storage, read> coefficients: array<vec4f>;
@group(0) @binding(3) var<storage, read> origin: array<f32>;
@group(0) @binding(4) var<storage, read> x0: array<f32>;
@group(0) @binding(5) var<storage, read> x1: array<f32>;
@group(0) @binding(6) var<storage, read> x2: array<f32>;
@group(0) @binding(7) var<storage, read> x3: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(64)
fn combine_vectors(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var b = group.y * groups.x + group.x; b < params.blocks; b += groups.x * groups.y) {
    let block = blocks[b];
    let c = coefficients[params.first + block.w];
    for (var j = lane; j < block.y; j += 64u) {
      let i = block.x + j * block.z;
      let zero = origin[i];
      let shift = select(0.0, zero, params.relative == 1u);
      var sum = c.x * (x0[i] - shift);
      if (params.terms > 1u) {
        sum += c.y * (x1[i] - shift);
      }
      if (params.terms > 2u) {
        sum += c.z * (x2[i] - shift);
      }
      if (params.terms > 3u) {
        sum += c.w * (x3[i] - shift);
      }
      if (params.start == 1u) {
        sum += target_values[i];
      }
      if (params.start == 2u) {
        sum += zero;
      }
      target_values[i] = sum;
    }
  }
}
