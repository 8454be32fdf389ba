// Ends a backward pass: loss, gradient norm and clip factor in one thread, in a fixed order.
//   control = (factor, norm, bad); factor = min(1, clip / (norm + 1e-6)), 0 when loss or norm is not
//   finite, and from then on: bad stays 1
//   stats[slot] = (mean loss, norm, factor, 1 when not finite or after such a step)
// hyper: [0] 1 / scored rows, [7] clip norm (0 = off), [8] ring slot.
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

// Comparing a value with itself is not a NaN test in WGSL: look at the exponent bits.
fn is_finite(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(1)
fn step_control() {
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    sum += loss[row];
  }
  var squares = 0.0;
  for (var chunk = 0u; chunk < params.chunks; chunk++) {
    squares += partial[chunk];
  }
  let norm = sqrt(squares);
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
