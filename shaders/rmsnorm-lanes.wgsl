// RMSNorm for hardware adapters: LANES threads a row, so that neighbours read neighbouring memory
// and rows of a small batch still fill the machine. Same formulas as rmsnorm.wgsl and
// rmsnorm-backward.wgsl; sums go over lanes first, then in a fixed tree.
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
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (group.y * groups.x + group.x) * (THREADS / LANES) + thread / LANES;
  let lane = thread % LANES;
  let c4 = params.width / 4u;
  let base = row * c4;
  let is_inside = row < params.rows;
  var squares = vec4f();
  if (is_inside) {
    for (var c = lane; c < c4; c += LANES) {
      squares += x[base + c] * x[base + c];
    }
  }
  let total = row_total(thread, dot(squares, vec4f(1.0)));
  if (!is_inside) {
    return;
  }
  let r = 1.0 / sqrt(total / f32(params.width) + params.eps);
  if (lane == 0u) {
    inverse[row] = r;
  }
  for (var c = lane; c < c4; c += LANES) {
    out[base + c] = x[base + c] * r * w[c];
  }
}
