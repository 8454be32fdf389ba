// Gradient of the rows: dx[row] (+)= sum of dlogits[start + k] * children[first + k] over the row's
// children, in order. One thread per 4 columns of a row; rows without children get 0.
struct Params {
  rows: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(1) var<storage, read> dlogits: array<f32>;
@group(0) @binding(2) var<storage, read> children: array<vec4f>;
// first child, number of children, start of the logits, place of the target.
@group(0) @binding(3) var<storage, read> runs: array<vec4u>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn rows_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.rows * c4) {
    return;
  }
  let run = runs[index / c4];
  let column = index % c4;
  var sum = vec4f();
  for (var k = 0u; k < run.y; k++) {
    sum += dlogits[run.z + k] * children[(run.x + k) * c4 + column];
  }
  if (params.accumulate != 0u) {
    sum += dx[index];
  }
  dx[index] = sum;
}
