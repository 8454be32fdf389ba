// Softmax cross-entropy over each row's own range of the vocabulary, weighted; one thread per row.
//   loss[n] = weight[n] * (log sum_{v in range} exp(z[n, v]) - z[n, target])
//   dz = (softmax(z) - onehot) * weight[n] * hyper[0] within the range, 0 outside
// Rows with target -100 are not scored: loss 0, gradient 0.
struct Params {
  rows: u32,
  vocabulary: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> hyper: array<f32>;
@group(0) @binding(4) var<storage, read> ranges: array<vec2u>;
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn split(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
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
  let range = ranges[row];
  var peak = logits[base + range.x];
  for (var v = range.x + 1u; v < range.y; v++) {
    peak = max(peak, logits[base + v]);
  }
  var total = 0.0;
  for (var v = range.x; v < range.y; v++) {
    total += exp(logits[base + v] - peak);
  }
  let weight = weights[row];
  loss[row] = weight * (log(total) + (peak - logits[base + u32(wanted)]));
  let scale = weight * hyper[0];
  for (var v = 0u; v < range.x; v++) {
    logits[base + v] = 0.0;
  }
  for (var v = range.x; v < range.y; v++) {
    var p = exp(logits[base + v] - peak) / total;
    if (v == u32(wanted)) {
      p -= 1.0;
    }
    logits[base + v] = p * scale;
  }
  for (var v = range.y; v < params.vocabulary; v++) {
    logits[base + v] = 0.0;
  }
}
