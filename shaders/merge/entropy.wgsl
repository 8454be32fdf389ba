// Entropy of softmax predictions, one thread per row; logits are overwritten by its gradient:
//   loss[n] = H = -sum_v p ln p,  dz = -p (ln p + H) * hyper[0]
// Rows with a negative target are not looked at: loss 0, gradient 0.

struct Params {
  rows: u32,
  vocabulary: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn entropy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
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
  var peak = logits[base];
  for (var v = 1u; v < params.vocabulary; v++) {
    peak = max(peak, logits[base + v]);
  }
  var total = 0.0;
  var below = 0.0;
  for (var v = 0u; v < params.vocabulary; v++) {
    let z = logits[base + v] - peak;
    let e = exp(z);
    total += e;
    below += e * z;
  }
  // ln p = z - ln total, so that H = ln total - sum p z.
  let log_total = log(total);
  let spread = log_total - below / total;
  loss[row] = spread;
  let scale = hyper[0];
  for (var v = 0u; v < params.vocabulary; v++) {
    let z = logits[base + v] - peak;
    logits[base + v] = -scale * (exp(z) / total) * (z - log_total + spread);
  }
}
