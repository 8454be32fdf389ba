// Gradient of RMSNorm: dx = r * (w * dy) - x * r^3 / C * sum(w * dy * x).
// backward: one thread per row. weight_partial: one thread per 4 columns of a chunk of rows,
// partial[chunk, C] = sum over the chunk of dy * x * r, summed later in a fixed order.
struct Params {
  rows: u32,
  width: u32,
  accumulate: u32,
  chunk: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> w: array<vec4f>;
@group(0) @binding(4) var<storage, read> inverse: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let c4 = params.width / 4u;
  let base = row * c4;
  let r = inverse[row];
  var products = vec4f();
  for (var c = 0u; c < c4; c++) {
    products += dy[base + c] * w[c] * x[base + c];
  }
  let shift = dot(products, vec4f(1.0)) * r * r * r / f32(params.width);
  for (var c = 0u; c < c4; c++) {
    var value = dy[base + c] * w[c] * r - x[base + c] * shift;
    if (params.accumulate != 0u) {
      value += out[base + c];
    }
    out[base + c] = value;
  }
}

@compute @workgroup_size(64)
fn weight_partial(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  let chunks = (params.rows + params.chunk - 1u) / params.chunk;
  if (index >= chunks * c4) {
    return;
  }
  let column = index % c4;
  let first = index / c4 * params.chunk;
  let last = min(first + params.chunk, params.rows);
  var sum = vec4f();
  for (var row = first; row < last; row++) {
    sum += dy[row * c4 + column] * x[row * c4 + column] * inverse[row];
  }
  out[index] = sum;
}
