// y[n] = sum_c max(x[n, c], 0) w[c] + b. One thread per row.
struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn relu_dot(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.width;
  var sum = bias[0];
  for (var c = 0u; c < params.width; c++) {
    sum += max(x[base + c], 0.0) * weight[c];
  }
  out[row] = sum;
}
