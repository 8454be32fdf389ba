// Softmax cross-entropy, one thread per row; logits are overwritten by their gradient:
//   loss[n] = log sum_v exp(z[n, v]) - z[n, target],  dz = (softmax(z) - onehot) * hyper[0]
// Rows with target -100 are not scored: loss 0, gradient 0. hyper[0] = 1 / scored rows.
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
fn cross_entropy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.vocabulary;
  let wanted = targets[row];
  if (wanted < 0) {
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
  for (var v = 0u; v < params.vocabulary; v++) {
    total += exp(logits[base + v] - peak);
  }
  // The difference of logits first: their size must not eat the digits of the logarithm.
  loss[row] = log(total) + (peak - logits[base + u32(wanted)]);
  let scale = hyper[0];
  for (var v = 0u; v < params.vocabulary; v++) {
    var p = exp(logits[base + v] - peak) / total;
    if (v == u32(wanted)) {
      p -= 1.0;
    }
    logits[base + v] = p * scale;
  }
}
