// Gradient of the children: dchildren[s] = sum of dlogits * x[row] over the rows that s competes in,
// which follow each other, in order. One thread per 4 columns of a child; a child of no row gets 0.
struct Params {
  children: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> dchildren: array<vec4f>;
@group(0) @binding(1) var<storage, read> dlogits: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
// first row, number of rows, its logit in the first of them, logits from row to row.
@group(0) @binding(3) var<storage, read> groups_of: array<vec4u>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn children_backward(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.children * c4) {
    return;
  }
  let own = groups_of[index / c4];
  let column = index % c4;
  var sum = vec4f();
  for (var i = 0u; i < own.y; i++) {
    sum += dlogits[own.z + i * own.w] * x[(own.x + i) * c4 + column];
  }
  dchildren[index] = sum;
}
