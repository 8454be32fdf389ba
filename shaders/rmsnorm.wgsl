// RMSNorm over the last axis: y = x * r * w, r = 1 / sqrt(mean(x^2) + eps).
// One thread per row (forward, backward), per 4 columns of a chunk of rows (weight_partial).
// Width C is divisible by 4.
struct Params {
  rows: u32,
  width: u32,
  accumulate: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> w: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let c4 = params.width / 4u;
  let base = row * c4;
  var squares = vec4f();
  for (var c = 0u; c < c4; c++) {
    let value = x[base + c];
    squares += value * value;
  }
  let r = 1.0 / sqrt(dot(squares, vec4f(1.0)) / f32(params.width) + params.eps);
  inverse[row] = r;
  for (var c = 0u; c < c4; c++) {
    out[base + c] = x[base + c] * r * w[c];
  }
}
