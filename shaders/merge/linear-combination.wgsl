// target = start + sum_k c_k * (x_k - relative * origin), up to four x_k a pass.
// Padding is zero in every operand and so in the result.

struct Params {
  // Number of vec4 in the arena.
  quads: u32,
  terms: u32,
  // What the sum is added to: 0 nothing (keeps the sign of a zero), 1 what an earlier pass left in
  // target, 2 origin.
  start: u32,
  // 1: differences from origin, 0: the operands themselves.
  relative: u32,
  c0: f32,
  c1: f32,
  c2: f32,
  c3: f32,
}

@group(0) @binding(0) var<storage, read_write> target_values: array<vec4f>;
@group(0) @binding(1) var<storage, read> origin: array<vec4f>;
@group(0) @binding(2) var<storage, read> x0: array<vec4f>;
@group(0) @binding(3) var<storage, read> x1: array<vec4f>;
@group(0) @binding(4) var<storage, read> x2: array<vec4f>;
@group(0) @binding(5) var<storage, read> x3: array<vec4f>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn linear_combination(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // Grid-stride, so that any number of workgroups covers the arena.
  let stride = groups.x * groups.y * 64u;
  for (var i = (group.y * groups.x + group.x) * 64u + lane; i < params.quads; i += stride) {
    let zero = origin[i];
    let shift = select(vec4f(), zero, params.relative == 1u);
    var sum = params.c0 * (x0[i] - shift);
    if (params.terms > 1u) {
      sum += params.c1 * (x1[i] - shift);
    }
    if (params.terms > 2u) {
      sum += params.c2 * (x2[i] - shift);
    }
    if (params.terms > 3u) {
      sum += params.c3 * (x3[i] - shift);
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
