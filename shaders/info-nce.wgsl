// InfoNCE of each row's target against S samples that all rows share, one thread per row.
//   z = s cos,  s = exp(clamp(scale[0], 0, ln 100))
//   loss[n] = log(e^z_t + sum_j e^z_j) - z_t
// over the samples j that are no false negatives: cos(target, sample) = similar[n, j] <= threshold.
// Cosines are overwritten by their gradients, times hyper[0]; dscale[n] is the row's part of the
// gradient of scale[0], as if it were not clamped. Target -100 = not scored.
struct Params {
  rows: u32,
  samples: u32,
  threshold: f32,
}

@group(0) @binding(0) var<storage, read_write> cosines: array<f32>;
@group(0) @binding(1) var<storage, read_write> target_cosines: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dscale: array<f32>;
@group(0) @binding(4) var<storage, read> similar: array<f32>;
@group(0) @binding(5) var<storage, read> targets: array<i32>;
@group(0) @binding(6) var<storage, read> scale: array<f32>;
@group(0) @binding(7) var<storage, read> hyper: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

const LN_100 = 4.605170185988092;

@compute @workgroup_size(64)
fn info_nce(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.samples;
  if (targets[row] < 0) {
    for (var j = 0u; j < params.samples; j++) {
      cosines[base + j] = 0.0;
    }
    target_cosines[row] = 0.0;
    loss[row] = 0.0;
    dscale[row] = 0.0;
    return;
  }
  // Comparisons hand a NaN through, clamp() need not.
  var level = scale[0];
  if (level > LN_100) {
    level = LN_100;
  } else if (level < 0.0) {
    level = 0.0;
  }
  let s = exp(level);
  let wanted = s * target_cosines[row];
  var peak = wanted;
  for (var j = 0u; j < params.samples; j++) {
    if (!(similar[base + j] > params.threshold)) {
      peak = max(peak, s * cosines[base + j]);
    }
  }
  // The others alone: 1 - p of the target, without the cancellation.
  var others = 0.0;
  var moment = 0.0;
  for (var j = 0u; j < params.samples; j++) {
    if (!(similar[base + j] > params.threshold)) {
      let z = s * cosines[base + j];
      let e = exp(z - peak);
      others += e;
      moment += e * (z - wanted);
    }
  }
  let total = exp(wanted - peak) + others;
  loss[row] = log(total) + (peak - wanted);
  let factor = hyper[0] / total;
  for (var j = 0u; j < params.samples; j++) {
    let e = exp(s * cosines[base + j] - peak);
    cosines[base + j] = select(0.0, e * factor * s, !(similar[base + j] > params.threshold));
  }
  target_cosines[row] = -others * factor * s;
  dscale[row] = moment * factor;
}
