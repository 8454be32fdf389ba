// Gradient of RMSNorm for hardware adapters, LANES threads a row; see rmsnorm-backward.wgsl.
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

const LANES: u32 = 16u;
const THREADS: u32 = 64u;

var<workgroup> partial: array<f32, THREADS>;

// Sum over the lanes of a row. Every thread of the workgroup must come here.
fn row_total(thread: u32, value: f32) -> f32 {
  partial[thread] = value;
  workgroupBarrier();
  for (var step = LANES / 2u; step > 0u; step /= 2u) {
    if (thread % LANES < step) {
      partial[thread] += partial[thread + step];
    }
    workgroupBarrier();
  }
  return partial[thread / LANES * LANES];
}

@compute @workgroup_size(64)
fn backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (group.y * groups.x + group.x) * (THREADS / LANES) + thread / LANES;
  let lane = thread % LANES;
  let c4 = params.width / 4u;
  let base = row * c4;
  let is_inside = row < params.rows;
  var products = vec4f();
  if (is_inside) {
    for (var c = lane; c < c4; c += LANES) {
      products += dy[base + c] * w[c] * x[base + c];
    }
  }
  let total = row_total(thread, dot(products, vec4f(1.0)));
  if (!is_inside) {
    return;
  }
  let r = inverse[row];
  let shift = total * r * r * r / f32(params.width);
  for (var c = lane; c < c4; c += LANES) {
    var value = dy[base + c] * w[c] * r - x[base + c] * shift;
    if (params.accumulate != 0u) {
      value += out[base + c];
    }
    out[base + c] = value;
  }
}
