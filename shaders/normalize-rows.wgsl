// Rows of length 1: y = x * r, r = 1 / |x|; rows shorter than 1e-12 give 0 and r = 0.
// Gradient: dx = r (dy - y (dy . y)). One thread per row, width divisible by 4.
// `forward` writes out = y and inverse = r; `backward` reads y and writes out = dx.
struct Params {
  rows: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> dy: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;

const SHORTEST = 1e-24;

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
  let total = dot(squares, vec4f(1.0));
  var r = 0.0;
  if (!(total <= SHORTEST)) {
    r = 1.0 / sqrt(total);
  }
  inverse[row] = r;
  for (var c = 0u; c < c4; c++) {
    out[base + c] = x[base + c] * r;
  }
}

// Here x is the normalised rows.
@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let c4 = params.width / 4u;
  let base = row * c4;
  var products = vec4f();
  for (var c = 0u; c < c4; c++) {
    products += dy[base + c] * x[base + c];
  }
  let along = dot(products, vec4f(1.0));
  let r = inverse[row];
  for (var c = 0u; c < c4; c++) {
    var value = r * (dy[base + c] - along * x[base + c]);
    if (params.accumulate != 0u) {
      value += out[base + c];
    }
    out[base + c] = value;
  }
}
