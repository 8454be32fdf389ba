// Entropy of split softmax predictions (within the tokens that each row's target competes with), one
// thread per row; logits are overwritten by its gradient:
//   loss[n] = w[n] H,  H = -sum_v p ln p over the range,  dz = -w[n] p (ln p + H) * hyper[0]
// Rows with a negative target are not looked at: loss 0, gradient 0.

struct Params {
  rows: u32,
  vocabulary: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
// Per row: first and end of the tokens.
@group(0) @binding(4) var<storage, read> ranges: array<u32>;
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn entropy_split(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.vocabulary;
  if (targets[row] < 0) {
    for (var v = 0u; v < params.vocabulary; v++) {
      logits[base + v] = 0.0;
    }
    loss[row] = 0.0;
    return;
  }
  let first = base + ranges[2u * row];
  let end = base + ranges[2u * row + 1u];
  var peak = logits[first];
  for (var i = first + 1u; i < end; i++) {
    peak = max(peak, logits[i]);
  }
  var total = 0.0;
  var below = 0.0;
  for (var i = first; i < end; i++) {
    let z = logits[i] - peak;
    let e = exp(z);
    total += e;
    below += e * z;
  }
  // ln p = z - ln total, so that H = ln total - sum p z.
  let log_total = log(total);
  let spread = log_total - below / total;
  loss[row] = weights[row] * spread;
  let scale = weights[row] * hyper[0];
  for (var i = base; i < base + params.vocabulary; i++) {
    if (i < first || i >= end) {
      logits[i] = 0.0;
      continue;
    }
    let z = logits[i] - peak;
    logits[i] = -scale * (exp(z) / total) * (z - log_total + spread);
  }
}
