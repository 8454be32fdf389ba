// The end of a backward pass for hardware adapters: 256 threads sum the losses and the partial
// norms in a fixed order, one writes. Formulas as in step-control.wgsl.
struct Params {
  rows: u32,
  chunks: u32,
}

@group(0) @binding(0) var<storage, read_write> control: array<f32>;
@group(0) @binding(1) var<storage, read_write> stats: array<f32>;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read> partial: array<f32>;
@group(0) @binding(4) var<storage, read> hyper: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

const THREADS: u32 = 256u;

var<workgroup> sums: array<vec2f, THREADS>;

// Comparing a value with itself is not a NaN test in WGSL: look at the exponent bits.
fn is_finite(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(256)
fn step_control(@builtin(local_invocation_index) thread: u32) {
  var own = vec2f();
  for (var row = thread; row < params.rows; row += THREADS) {
    own.x += loss[row];
  }
  for (var chunk = thread; chunk < params.chunks; chunk += THREADS) {
    own.y += partial[chunk];
  }
  sums[thread] = own;
  workgroupBarrier();
  for (var step = THREADS / 2u; step > 0u; step /= 2u) {
    if (thread < step) {
      sums[thread] += sums[thread + step];
    }
    workgroupBarrier();
  }
  if (thread > 0u) {
    return;
  }
  let sum = sums[0].x;
  let norm = sqrt(sums[0].y);
  let clip = hyper[7];
  var factor = 1.0;
  if (clip > 0.0) {
    factor = min(1.0, clip / (norm + 1e-6));
  }
  let is_good = is_finite(sum) && is_finite(norm) && control[2] == 0.0;
  if (!is_good) {
    factor = 0.0;
    control[2] = 1.0;
  }
  control[0] = factor;
  control[1] = norm;
  let slot = u32(hyper[8]) * 4u;
  stats[slot] = sum * hyper[0];
  stats[slot + 1u] = norm;
  stats[slot + 2u] = factor;
  stats[slot + 3u] = select(1.0, 0.0, is_good);
}
